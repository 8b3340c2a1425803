"""Invariants: pure functions of rows, each returning the sentences that are not true.

Empty means that the invariant holds. They are named I1 to I4 after the model of the incident.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from .fixed import ONE, text
from .funding import FundingIndex, is_continuous, movement_max
from .health import is_healthy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .accounts import Account
    from .liquidation import Liquidation
    from .markets import Market
    from .prices import Prices

Breaches = tuple[str, ...]


def wrongful_liquidations(
    liquidations: Iterable[Liquidation], true_prices: Callable[[int], Prices]
) -> Breaches:
    """I1: nobody who is healthy under the true index is liquidated.

    Args:
        liquidations: All that happened.
        true_prices: The prices that should have been published at a time in milliseconds.
    """
    return tuple(
        f"{done.before.name} was healthy at {done.at_ms} ms under the true index: {done}"
        for done in liquidations
        if is_healthy(done.before, true_prices(done.at_ms))
    )


def index_jumps(published: Sequence[FundingIndex], market: Market) -> Breaches:
    """I2: consecutive published values of a market differ by at most `cap * elapsed`.

    Args:
        published: Every value of this one market, in the order of publication.
        market: The market, for its cap and its price.
    """
    assert all(value.market == market.name for value in published), market.name
    return tuple(
        _describe_jump(before, after, market)
        for before, after in pairwise(published)
        if not is_continuous(before, after, rate_max=market.funding_rate_max, spot=market.mark)
    )


def unloaded_values(published: Iterable[FundingIndex]) -> Breaches:
    """I3: a published value derives from a row that was loaded, never from a default."""
    return tuple(
        f"{value.market} was published as {text(value.value)} at {value.at_ms} ms, "
        "which derives from no loaded row"
        for value in published
        if value.origin is None
    )


def unbalanced_books(accounts: Iterable[Account]) -> Breaches:
    """I4: no money is made or lost, whatever the index does.

    Three exact sums over all accounts, the insurance fund among them:

    * in every market, quantities add up to zero;
    * in every market, funding realised and accrued adds up to zero: what longs pay, shorts get;
    * what the accounts are worth is what was deposited less what was withdrawn.

    Balances alone do not add up between two realisations: a gain is realised on one side while
    the other still carries it. And as quantities add up to zero, the value of all accounts
    depends on no mark and no index, so both are left out of the sums.
    """
    quantities: dict[str, int] = {}
    funding: dict[str, int] = {}
    worth = 0
    bridged = 0
    for account in accounts:
        worth += account.value_at_zero
        bridged += account.deposited - account.withdrawn
        for held in account.positions:
            quantities[held.market] = quantities.get(held.market, 0) + held.quantity
            paid = held.funding + held.accrued_funding(0)
            funding[held.market] = funding.get(held.market, 0) + paid
    wrong = [f"{name}: quantities add up to {text(q)}" for name, q in quantities.items() if q]
    wrong += [
        f"{name}: funding adds up to {paid}e-16 USDC" for name, paid in funding.items() if paid
    ]
    if worth != bridged * ONE:
        wrong.append(f"accounts are worth {worth}e-16 USDC, but {text(bridged)} USDC came in")
    return tuple(wrong)


def _describe_jump(before: FundingIndex, after: FundingIndex, market: Market) -> str:
    elapsed_ms = after.at_ms - before.at_ms
    bound = movement_max(
        rate_max=market.funding_rate_max, spot=market.mark, elapsed_ms=max(0, elapsed_ms)
    )
    return (
        f"{market.name} jumped from {text(before.value)} to {text(after.value)} "
        f"in {elapsed_ms} ms; the cap allows {text(bound)}"
    )
