"""Liquidation: the irreversible act.

After "Liquidations", Paradex documentation of 16 January 2026. All positions are reduced by the
same share, a multiple of 20%, as small as brings the margin ratio below 90%. The account pays
`Liquidation Penalty = Liquidation Share * Liquidation Fee * MMR`. Positions and penalty go to the
insurance fund, which takes them over at the mark, with a cached index of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

from .accounts import FUND, Account
from .fixed import ONE, Amount, amount, divide_up, floor, text
from .health import is_healthy
from .margin import (
    account_value,
    maintenance_margin,
    maintenance_product,
    margin_ratio,
    value_product,
)
from .trading import trade

if TYPE_CHECKING:
    from .prices import Prices

SHARE_STEP_PERCENT = 20
MARGIN_RATIO_TARGET_PERCENT = 90
# The worked example on the documentation's own page still computes with 50%.
LIQUIDATION_FEE: Amount = amount("0.70")

Verdict = Literal["healthy", "partial", "full"]


@attrs.frozen
class Assessment:
    """What a health check makes of one account; amounts in USD.

    Attributes:
        value: Account value, rounded down.
        maintenance: MMR, rounded up.
        margin_ratio: MMR / account value, rounded up; None where there is no value left.
        verdict: "healthy", or how much of the account is liquidated.
        share_percent: Liquidation share; 0 where the account is healthy.
        penalty: Liquidation penalty that is due, whether or not the account can pay it.
    """

    value: Amount
    maintenance: Amount
    margin_ratio: Amount | None
    verdict: Verdict
    share_percent: int
    penalty: Amount


@attrs.frozen
class Liquidation:
    """What became of one account: a row that nobody takes back.

    Attributes:
        before: The account as it was: enough to ask later whether this was right.
        share_percent: How much of every position the insurance fund took over.
        penalty: USDC that was due.
        penalty_paid: USDC that was there to pay it: all of it, unless everything was closed.
        hole: USDC that the insurance fund added because the account owed more than it had.
        at_ms: When.
    """

    before: Account
    share_percent: int
    penalty: Amount
    penalty_paid: Amount
    hole: Amount
    at_ms: int

    def __str__(self) -> str:
        return (
            f"liquidate {self.share_percent}% of {self.before.name}: "
            f"penalty {text(self.penalty_paid)}, hole {text(self.hole)}"
        )


def liquidation_penalty(
    account: Account, prices: Prices, share_percent: int, *, fee: Amount = LIQUIDATION_FEE
) -> Amount:
    """Penalty in USD for a share, rounded down. MMR is the one before the liquidation."""
    return floor(maintenance_product(account, prices) * fee * share_percent // (100 * ONE))


def liquidation_share(account: Account, prices: Prices, *, fee: Amount = LIQUIDATION_FEE) -> int:
    """The smallest share in percent that brings the margin ratio below 90%, 0 if healthy.

    100% where no smaller one does: "this process can result in a full liquidation in the event
    where the remaining collateral ... is not sufficient to pay the liquidation penalty".
    """
    if is_healthy(account, prices):
        return 0
    value = value_product(account, prices)
    maintenance = maintenance_product(account, prices)
    for share in range(SHARE_STEP_PERCENT, 100, SHARE_STEP_PERCENT):
        value_left = value - liquidation_penalty(account, prices, share, fee=fee) * ONE
        # Both sides are percents of percents: MMR * (100 - share)% < target% * value.
        if maintenance * (100 - share) < MARGIN_RATIO_TARGET_PERCENT * value_left:
            return share
    return 100


def assess(account: Account, prices: Prices, *, fee: Amount = LIQUIDATION_FEE) -> Assessment:
    """The health check of one account, with its reasons."""
    share = liquidation_share(account, prices, fee=fee)
    verdict: Verdict = "healthy" if share == 0 else "full" if share == 100 else "partial"
    return Assessment(
        value=account_value(account, prices),
        maintenance=maintenance_margin(account, prices),
        margin_ratio=margin_ratio(account, prices),
        verdict=verdict,
        share_percent=share,
        penalty=liquidation_penalty(account, prices, share, fee=fee),
    )


def liquidate(
    account: Account,
    fund: Account,
    prices: Prices,
    *,
    at_ms: int,
    fee: Amount = LIQUIDATION_FEE,
) -> tuple[Account, Account, Liquidation]:
    """Liquidate what the health check asks for.

    Args:
        account: An account that fails its health check.
        fund: The insurance fund.
        prices: What the health check saw.
        at_ms: When.
        fee: Liquidation fee.

    Returns:
        The account and the fund afterwards, and the row to keep.

    Raises:
        ValueError: the account is healthy.
    """
    share = liquidation_share(account, prices, fee=fee)
    if share == 0:
        raise ValueError(f"{account.name} is healthy: there is nothing to liquidate")
    penalty = liquidation_penalty(account, prices, share, fee=fee) * ONE // prices.usdc
    after, fund_after = _take_over(account, fund, prices, share)
    hole = max(0, -after.balance) if share == 100 else 0
    paid = min(penalty, max(0, after.balance)) if share == 100 else penalty
    record = Liquidation(
        before=account,
        share_percent=share,
        penalty=penalty,
        penalty_paid=paid,
        hole=hole,
        at_ms=at_ms,
    )
    transfer = (hole - paid) * ONE
    return after.credited(transfer), fund_after.credited(-transfer), record


def _take_over(
    account: Account, fund: Account, prices: Prices, share_percent: int
) -> tuple[Account, Account]:
    """Move the share of every position to the fund, at the mark.

    The share of a quantity is rounded up, so that the margin ratio ends where it was predicted
    or below.
    """
    assert fund.name == FUND, fund.name
    for market, held in account.exposures:
        quote = prices.quote(market)
        quantity = divide_up(abs(held) * share_percent, 100)
        price = quote.mark * ONE // prices.usdc
        buyer, seller = (fund, account) if held > 0 else (account, fund)
        buyer, seller = trade(
            buyer, seller, market, quantity=quantity, price=price, index=quote.index
        )
        fund, account = (buyer, seller) if held > 0 else (seller, buyer)
    return account, fund
