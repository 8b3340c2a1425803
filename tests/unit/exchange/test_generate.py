"""Books: the same from the same seed, balanced, healthy, and vulnerable to a reset."""

from __future__ import annotations

import hashlib
import time

import pytest
from hypothesis import given, settings, strategies as st

from scenarios.exchange import (
    FUND,
    ONE,
    account_value,
    generate_book,
    unbalanced_books,
    unhealthy,
)

sizes = st.integers(1, 4).flatmap(
    lambda markets: st.tuples(st.just(markets), st.integers(2 * markets, 40))
)


@settings(max_examples=50)
@given(seed=st.integers(0, 2**70), size=sizes)
def test_every_book_is_sound(seed: int, size: tuple[int, int]) -> None:
    """Balanced, nobody unhealthy under the truth, and each index a trap for somebody."""
    markets, accounts = size
    book = generate_book(seed=seed, markets=markets, accounts=accounts)
    everyone = list(book.accounts.values())
    assert len(everyone) == accounts + 1
    assert len(book.markets) == markets
    assert unbalanced_books(everyone) == ()
    assert unhealthy(everyone, book.prices()) == []
    for market in book.markets:
        victims = unhealthy(everyone, book.zeroed(market.name))
        assert victims
        assert len(victims) < len(everyone) - 1
        sides = {held.position(market.name).quantity > 0 for held in victims}
        assert sides == {market.index < 0}


def test_full_size_is_a_mixture() -> None:
    """200 accounts in 4 markets: longs and shorts, several leverages, some in several."""
    book = generate_book()
    people = [held for name, held in book.accounts.items() if name != FUND]
    assert (len(book.markets), len(people)) == (4, 200)
    leverages = set()
    for held in people:
        notional = sum(abs(q) * book.prices().quote(name).mark for name, q in held.exposures)
        value = account_value(held, book.prices())
        assert value > 0
        leverages.add(round(notional / ONE / value))
    assert leverages >= {2, 3, 4, 5, 8, 10, 15, 20}
    assert {len(held.exposures) for held in people} >= {1, 2}
    for market in book.markets:
        sides = {
            (q > 0) - (q < 0) for q in (held.position(market.name).quantity for held in people)
        }
        assert sides == {-1, 0, 1}
    # Part of the funding is realised already, the rest accrues at many cached indices.
    assert any(held.funding for account in people for held in account.positions)


def test_the_same_seed_is_the_same_book_on_every_python() -> None:
    """A recorded run names its seed only: the book behind it must never change."""
    assert generate_book(seed=1, markets=2, accounts=10) == generate_book.__wrapped__(
        seed=1, markets=2, accounts=10
    )
    assert generate_book(seed=1).accounts != generate_book(seed=2).accounts
    written = ";".join(
        f"{name} {held.balance} {market} {quantity} {held.position(market).cached_index}"
        for name, held in generate_book(seed=0).accounts.items()
        for market, quantity in held.exposures
    )
    assert hashlib.sha256(written.encode()).hexdigest()[:16] == "0d728f0e906f3d90"


def test_rows_are_keyed_by_text() -> None:
    """What a key-value database holds: "account/alice", "index/BTC", "mark/BTC"."""
    book = generate_book(markets=1, accounts=2)
    rows = book.rows()
    assert list(rows) == [
        "account/alice", "account/bob", f"account/{FUND}", "index/BTC", "mark/BTC",
    ]  # fmt: skip
    assert rows["account/alice"] is book.accounts["alice"]
    assert rows["mark/BTC"] == book.markets[0].mark


@pytest.mark.parametrize(
    ("markets", "accounts", "said"),
    [
        (0, 2, "markets=0: there are 1 to 4"),
        (5, 200, "markets=5: there are 1 to 4"),
        (2, 3, "accounts=3: 2 markets need at least 4"),
    ],
)
def test_a_size_that_does_not_fit_is_refused(markets: int, accounts: int, said: str) -> None:
    """One clear line, which says what would fit."""
    with pytest.raises(ValueError, match=said):
        generate_book(markets=markets, accounts=accounts)


def best_us(repeat: int, action: object) -> float:
    """The quickest of several rounds, in microseconds for one call."""
    assert callable(action)
    rounds = []
    for _ in range(10):
        started = time.perf_counter()
        for _ in range(repeat):
            action()
        rounds.append((time.perf_counter() - started) / repeat * 1e6)
    return min(rounds)


@pytest.mark.soak
def test_a_health_check_of_200_accounts_takes_at_most_150_us() -> None:
    """It runs several times in each of hundreds of schedules a second. Timing, hence not daily."""
    book = generate_book()
    everyone = list(book.accounts.values())
    healthy, zero = book.prices(), book.zeroed("BTC")
    assert best_us(500, lambda: unhealthy(everyone, healthy)) <= 150
    assert best_us(500, lambda: unhealthy(everyone, zero)) <= 150
