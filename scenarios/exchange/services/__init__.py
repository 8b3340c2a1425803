"""The services of the exchange, one a file, and what they share.

They run as simulated processes; the arithmetic is `scenarios.exchange`'s.
"""

from __future__ import annotations

from .funding import LEASE, NOBODY, FundingService
from .ledger import Ledger
from .market_data import MarketData, is_valid
from .operator import reopen
from .promises import declare
from .risk import risk_engine
from .traders import trader
from .venue import HORIZON_S, LEDGER, MODE, TICK_S, UP_S, Venue

__all__ = [
    "HORIZON_S",
    "LEASE",
    "LEDGER",
    "MODE",
    "NOBODY",
    "TICK_S",
    "UP_S",
    "FundingService",
    "Ledger",
    "MarketData",
    "Venue",
    "declare",
    "is_valid",
    "reopen",
    "risk_engine",
    "trader",
]
