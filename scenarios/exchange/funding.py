"""Funding: what longs pay to shorts, and the index that adds it up.

After "Funding Mechanism", Paradex documentation of 16 January 2026. The index of a market is the
USDC that one unit of a long position has paid since launch. It is the state that was reset to
zero, so its row says where it comes from: `FundingIndex.origin`.
"""

from __future__ import annotations

import attrs

from .fixed import ONE, Amount, amount, divide_towards_zero, divide_up, text

INTEREST_RATE: Amount = amount("0.0001")  # per 8 hours
CLAMP_RATE: Amount = amount("0.0005")
PERIOD_MS = 8 * 3600 * 1000
TICK_MS = 5_000
GAP_MAX_MS = 30_000


@attrs.frozen
class FundingIndex:
    """One row: the funding index of a market as of a moment.

    Attributes:
        market: The market's name.
        value: USDC per unit of a long position since launch; it may be negative.
        at_ms: When `value` held, in milliseconds: the "cached timestamp".
        origin: The row that the value was computed from, or None where no row was loaded and
            the value began as a default. It survives every tick: this is provenance.
    """

    market: str
    value: Amount
    at_ms: int
    origin: str | None

    def __str__(self) -> str:
        return f"{self.market} {text(self.value)} at {self.at_ms} ms from {self.origin or 'no row'}"

    @classmethod
    def missing(cls, market: str, at_ms: int) -> FundingIndex:
        """What a service holds that takes "no row" for zero: the defect of 19 January 2026."""
        return cls(market=market, value=0, at_ms=at_ms, origin=None)


def funding_rate(fair_basis: Amount, *, rate_max: Amount) -> Amount:
    """Funding rate per 8 hours: the fair basis, clamped to the interest rate, then capped.

    `capped(FairBasis + clamp(InterestRate - FairBasis, ±ClampRate), ±MaximumFundingRate)`
    """
    clamped = max(-CLAMP_RATE, min(INTEREST_RATE - fair_basis, CLAMP_RATE))
    return max(-rate_max, min(fair_basis + clamped, rate_max))


def funding_premium(rate: Amount, *, spot: Amount, usdc_price: Amount = ONE) -> Amount:
    """USDC that one unit of a long pays in 8 hours: `FundingRate * SpotOracle / USDCOracle`."""
    return divide_towards_zero(rate * spot, usdc_price)


def index_now(
    last: FundingIndex, *, premium: Amount, now_ms: int, gap_max_ms: int | None = None
) -> FundingIndex:
    """The current index: `LastCached + Premium * (now - cached) / (8 * 3600)`.

    The step is rounded towards zero.

    Args:
        last: The last cached index.
        premium: USDC per unit and 8 hours.
        now_ms: The time of this tick.
        gap_max_ms: The gap rule, which the documentation has since 23 April 2026 with
            `GAP_MAX_MS`: a longer gap counts as no time at all, "so the index does not jump".
            None: no such rule, as in January.

    Raises:
        ValueError: `now_ms` lies before the cached timestamp.
    """
    elapsed_ms = now_ms - last.at_ms
    if elapsed_ms < 0:
        raise ValueError(f"{last.market}: {now_ms} ms is before the index of {last.at_ms} ms")
    if gap_max_ms is not None and elapsed_ms > gap_max_ms:
        elapsed_ms = 0
    step = divide_towards_zero(premium * elapsed_ms, PERIOD_MS)
    return attrs.evolve(last, value=last.value + step, at_ms=now_ms)


def movement_max(*, rate_max: Amount, spot: Amount, elapsed_ms: int) -> Amount:
    """The furthest an index can move in this time: the capped rate, all the way, rounded up.

    BTC at 92,600 with a cap of 5%: 0.80 USDC in one tick of 5 s, 289 in 30 minutes.
    """
    return divide_up(rate_max * spot * elapsed_ms, ONE * PERIOD_MS)


def is_continuous(
    before: FundingIndex, after: FundingIndex, *, rate_max: Amount, spot: Amount
) -> bool:
    """Whether `after` can follow `before`: the predicate of a continuity gate.

    It is worth as much as its reference: compared with a value of the same restarted service,
    zero follows zero and everything is continuous.
    """
    elapsed_ms = after.at_ms - before.at_ms
    if elapsed_ms < 0:
        return False
    movement = abs(after.value - before.value)
    return movement <= movement_max(rate_max=rate_max, spot=spot, elapsed_ms=elapsed_ms)
