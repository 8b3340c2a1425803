"""The values that the services pass around: records of markets, and the ledger."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

import harness
from scenarios import paradex_funding_reset as paradex
from scenarios.exchange import (
    BTC,
    FUND,
    MARKETS,
    ONE,
    FundingIndex,
    Prices,
    amount,
    funding_premium,
    funding_rate,
    generate_book,
    index_now,
    liquidate,
    movement_max,
    unbalanced_books,
    unhealthy,
)
from scenarios.exchange.services import FundingService, Ledger, MarketData, Venue, is_valid
from scenarios.exchange.services.ledger import health_checked
from scenarios.exchange.services.market_data import published_prices
from scenarios.exchange.services.promises import all_deserved, is_balanced, is_fresh
from scenarios.exchange.services.venue import opening

BOOK = generate_book(markets=4, accounts=40)
TRUE = tuple(opening(4, 40).records.values())
LEDGER = Ledger(BOOK.accounts)
SUBSETS = st.sets(st.sampled_from([market.name for market in MARKETS]), min_size=1)


def record(
    value: int = BTC.index, *, at_ms: int = 0, origin: str | None = "index/BTC"
) -> MarketData:
    """A record of BTC."""
    return MarketData(
        index=FundingIndex(market="BTC", value=value, at_ms=at_ms, origin=origin), mark=BTC.mark
    )


def published(zeroed: set[str], *, whole_record: bool = False) -> tuple[MarketData, ...]:
    """What is on the chain when some markets were taken for zero."""
    return tuple(
        MarketData.missing(market, 0, whole_record=whole_record) if market.name in zeroed else true
        for market, true in zip(MARKETS, TRUE, strict=True)
    )


# ---- records


@given(st.integers(0, 10**9))
def test_a_tick_follows_the_documented_formula(now_ms: int) -> None:
    """The record at a time is the index formula applied to it, and nothing else changes."""
    rate = funding_rate(0, rate_max=BTC.funding_rate_max)
    premium = funding_premium(rate, spot=BTC.mark)
    after = record().at(now_ms)
    assert after.index == index_now(record().index, premium=premium, now_ms=now_ms)
    assert after.mark == BTC.mark


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_whatever_a_tick_makes_of_a_loaded_row_is_valid(first_ms: int, then_ms: int) -> None:
    """A healthy service never corrupts its own index."""
    before = record().at(first_ms)
    assert is_valid(before, before.at(first_ms + then_ms))


def test_a_missing_record_is_zero_and_says_that_no_row_is_behind_it() -> None:
    """The defect: zero, at the present time, from no row. The mark is zero in one variant only."""
    missing = MarketData.missing(BTC, 5_000, whole_record=False)
    assert missing.index == FundingIndex(market="BTC", value=0, at_ms=5_000, origin=None)
    assert missing.mark == BTC.mark
    assert MarketData.missing(BTC, 5_000, whole_record=True).mark == 0


@given(st.integers(0, 10**7))
def test_a_missing_record_stays_invalid_however_often_it_ticks(now_ms: int) -> None:
    """What began as a default never becomes a value: it is told by its origin, not by its size."""
    missing = MarketData.missing(BTC, 0, whole_record=False).at(now_ms)
    assert not is_valid(record(), missing)
    assert not missing.is_loaded
    # Not even where zero would be a plausible value.
    assert not is_valid(record(0), missing)


def test_a_record_continues_another_up_to_the_cap() -> None:
    """The continuity bound is cap times elapsed, both ways, and time does not run backwards."""
    bound = movement_max(rate_max=BTC.funding_rate_max, spot=BTC.mark, elapsed_ms=5_000)
    for step in (bound, -bound):
        assert record(BTC.index + step, at_ms=5_000).continues(record())
    for step in (bound + 1, -bound - 1):
        assert not record(BTC.index + step, at_ms=5_000).continues(record())
    assert not record(at_ms=0).continues(record(at_ms=1))


def test_zero_continues_zero() -> None:
    """Why a gate that compares with the service's own memory is vacuous."""
    missing = MarketData.missing(BTC, 0, whole_record=False)
    assert missing.at(5_000).continues(missing)
    assert not missing.continues(record())


def test_a_record_shows_what_a_reader_of_a_post_mortem_needs() -> None:
    """Value, time, and whether a row is behind it."""
    assert repr(record()) == "20,000 at 0 ms"
    assert repr(MarketData.missing(BTC, 0, whole_record=False)) == "0 at 0 ms from no row"
    assert (
        repr(MarketData.missing(BTC, 0, whole_record=True)) == "0 at 0 ms from no row with mark 0"
    )


def test_prices_are_those_that_are_published() -> None:
    """A health check sees the records on the chain, right or wrong."""
    assert published_prices(MARKETS, TRUE) == BOOK.prices()
    assert published_prices(MARKETS, published({"BTC"})) == BOOK.zeroed("BTC")
    assert published_prices(MARKETS, published({"BTC"}, whole_record=True)).quote("BTC").mark == 0


# ---- the ledger


def checked(ledger: Ledger, zeroed: set[str], *, whole_record: bool = False) -> Ledger:
    """The ledger after a health check under indices that were reset."""
    return health_checked(ledger, MARKETS, published(zeroed, whole_record=whole_record), 0)


def test_a_health_check_under_true_indices_changes_nothing() -> None:
    """Nobody of the book is unhealthy; the very same ledger comes back."""
    assert health_checked(LEDGER, MARKETS, TRUE, 0) is LEDGER


@given(SUBSETS)
def test_a_health_check_liquidates_all_who_fail_one_after_the_other(zeroed: set[str]) -> None:
    """The same as the single liquidations of the arithmetic, with one insurance fund."""
    prices = BOOK.zeroed(*sorted(zeroed))
    fund = BOOK.accounts[FUND]
    after = checked(LEDGER, zeroed)
    victims = unhealthy(BOOK.accounts.values(), prices)
    assert [done.before for done in after.liquidations] == victims
    for victim in victims:
        account, fund, done = liquidate(victim, fund, prices, at_ms=0)
        assert after.accounts[victim.name] == account
        assert done in after.liquidations
    assert after.accounts[FUND] == fund


@given(SUBSETS, st.booleans())
def test_a_health_check_keeps_the_books_balanced_and_leaves_no_victim(
    zeroed: set[str],
    whole_record: bool,
) -> None:
    """I4 holds whatever was published, and a second look at the same prices finds nobody."""
    after = checked(LEDGER, zeroed, whole_record=whole_record)
    assert not unbalanced_books(after.accounts.values())
    assert is_balanced(after)
    assert checked(after, zeroed, whole_record=whole_record) is after


@pytest.mark.parametrize("market", [market.name for market in MARKETS])
def test_closing_on_a_windfall_makes_the_phantom_gain_real(market: str) -> None:
    """The long who closes is flat, richer by quantity times index, and somebody pays for it."""
    prices = BOOK.zeroed(market)
    winner = max(
        (held for held in BOOK.accounts.values() if held.name != FUND),
        key=lambda held: held.position(market).quantity * BOOK.prices().quote(market).index,
    )
    after = LEDGER.closed(winner.name, prices)
    assert not after.accounts[winner.name].exposures
    assert not unbalanced_books(after.accounts.values())
    at_true = LEDGER.closed(winner.name, BOOK.prices())
    gain = after.accounts[winner.name].balance - at_true.accounts[winner.name].balance
    index = BOOK.prices().quote(market).index
    phantom = winner.position(market).quantity * index // ONE
    assert abs(gain - phantom) <= 1


def test_a_ledger_without_its_fund_or_a_cent_is_not_balanced() -> None:
    """The promise I4 is broken by money out of nowhere."""
    accounts = dict(BOOK.accounts)
    accounts["alice"] = accounts["alice"].credited(ONE)
    assert not is_balanced(Ledger(accounts))


def test_liquidations_under_a_reset_index_are_not_deserved() -> None:
    """The promise I1 looks at the true index, whatever was published."""
    assert not all_deserved(checked(LEDGER, {"BTC"}), TRUE)
    assert all_deserved(LEDGER, TRUE)


def test_a_liquidation_that_the_true_index_asks_for_is_deserved() -> None:
    """Where the index really is zero, the same liquidations are right."""
    truly_zero = tuple(
        MarketData(
            index=FundingIndex(market=true.index.market, value=0, at_ms=0, origin="x"),
            mark=true.mark,
        )
        for true in TRUE
    )
    after = health_checked(LEDGER, MARKETS, truly_zero, 0)
    assert after.liquidations
    assert all_deserved(after, truly_zero)


def test_an_index_has_resumed_when_it_is_published_true_after_all_that_is_explored() -> None:
    """L1 asks for a value of its own time: neither an old one nor a default will do."""
    assert is_fresh(record(), record().at(60_001))
    assert not is_fresh(record(), record().at(60_000))
    assert not is_fresh(record(), MarketData.missing(BTC, 60_001, whole_record=False))
    assert not is_fresh(record(), record(amount(10_000), at_ms=60_001))


def test_prices_of_the_opening_are_the_true_ones() -> None:
    """The last known correct state, the same object for every run."""
    assert opening(4, 40) is opening(4, 40)
    assert published_prices(MARKETS, TRUE) == Prices.of(MARKETS)


# ---- publishing


@harness.scenario(fixes=paradex.FIXES, params=paradex.PARAMS)
async def late_writer(world: harness.World) -> None:
    """Somebody publishes a record that is older than what is on the chain."""
    venue = Venue.build(world)
    service = FundingService(venue, barrier=True, source=venue.market_data, lease="one of two")
    newer = record().at(5_000)
    for published_next in (newer, record().at(4_000), newer):
        await service._publish(published_next)
        assert venue.chain.peek("BTC") == newer


def test_of_two_writers_the_newest_timestamp_wins() -> None:
    """An older record does not replace a newer one, whoever comes last."""
    assert harness.explore(late_writer, strategy="dfs").verdict == "exhausted"
