"""A small exchange for perpetual futures: the arithmetic and the state that the incidents share.

Pure functions of immutable rows, no task and no clock among them: whoever runs them, in whatever
order, is the scenario's affair. The rules are those of the documentation that was in force on
19 January 2026 (Paradex documentation of 16 January 2026); what is inferred says so.
"""

from __future__ import annotations

from .accounts import FUND, Account, Position
from .book import Book
from .fixed import ONE, Amount, Product, amount, text
from .funding import (
    GAP_MAX_MS,
    TICK_MS,
    FundingIndex,
    funding_premium,
    funding_rate,
    index_now,
    is_continuous,
    movement_max,
)
from .generate import generate_book
from .health import is_healthy, unhealthy
from .invariants import (
    index_jumps,
    unbalanced_books,
    unloaded_values,
    wrongful_liquidations,
)
from .jump import critical_leverage, index_jump, zeroing_jump
from .liquidation import (
    Assessment,
    Liquidation,
    assess,
    liquidate,
    liquidation_penalty,
    liquidation_share,
)
from .margin import (
    account_value,
    initial_margin,
    maintenance_margin,
    margin_ratio,
    order_accepted,
    withdraw,
    withdrawable,
)
from .markets import BTC, ETH, MARKETS, PAXG, SOL, Market
from .prices import NoPrice, Prices
from .repair import gain_since, rolled_back
from .rows import Row, account_key, index_key, mark_key, prices_from_rows
from .trading import trade

__all__ = [
    "BTC",
    "ETH",
    "FUND",
    "GAP_MAX_MS",
    "MARKETS",
    "ONE",
    "PAXG",
    "SOL",
    "TICK_MS",
    "Account",
    "Amount",
    "Assessment",
    "Book",
    "FundingIndex",
    "Liquidation",
    "Market",
    "NoPrice",
    "Position",
    "Prices",
    "Product",
    "Row",
    "account_key",
    "account_value",
    "amount",
    "assess",
    "critical_leverage",
    "funding_premium",
    "funding_rate",
    "gain_since",
    "generate_book",
    "index_jump",
    "index_jumps",
    "index_key",
    "index_now",
    "initial_margin",
    "is_continuous",
    "is_healthy",
    "liquidate",
    "liquidation_penalty",
    "liquidation_share",
    "maintenance_margin",
    "margin_ratio",
    "mark_key",
    "movement_max",
    "order_accepted",
    "prices_from_rows",
    "rolled_back",
    "text",
    "trade",
    "unbalanced_books",
    "unhealthy",
    "unloaded_values",
    "withdraw",
    "withdrawable",
    "wrongful_liquidations",
    "zeroing_jump",
]
