"""A portfolio deals out its turns by what was found of late, and by what is left to prove."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import msgspec
import pytest

import harness
from harness.errors import InternalError, SearchUnusable
from harness.explore.estimate import Remaining
from harness.explore.strategies.dpor import Dpor
from harness.explore.strategies.shares import OPENING, PRIOR, PROVING, Shares
from tests.quality import programs
from tests.unit.explore.models import lost_update


class Run:
    """All that is looked at of a run: one task that writes a thing, in so many steps of so many options."""

    labels = ("", "main")

    def __init__(self, thing: str, *, choices: int = 4, options: int = 2) -> None:
        self.log = [1, (thing, 1, 0)]
        self.branching = [options] * choices
        self.step = choices
        self.extensions: dict[str, object] = {}


def dealt(
    turns: int,
    thing: Callable[[str, int], str],
    *,
    left: Remaining | None = None,
    options: int = 2,
    shares: Shares | None = None,
) -> Counter[str]:
    """Who gets so many turns if each runs into the class that `thing` says, by name and number."""
    shares = shares or Shares()
    found: Counter[str] = Counter()
    for number in range(turns):
        name = shares.turn(lambda: left)
        shares.ran(name, Run(thing(name, number), options=options))  # type: ignore[arg-type]
        found[name] += 1
    return found


def all_new(_name: str, number: int) -> str:
    """No class is seen twice."""
    return str(number)


def test_the_best_and_the_proof_take_turns_at_first() -> None:
    """In a small program."""
    assert dealt(OPENING, all_new) == {"surw": OPENING / 2, PROVING: OPENING / 2}


def test_a_large_program_is_not_begun_with_a_proof() -> None:
    """Ten options at each of many choices."""
    assert dealt(OPENING, all_new, options=10_000)[PROVING] <= OPENING / 4


def test_nobody_starves() -> None:
    """Neither those who find nothing nor the proof that is far."""
    found = dealt(3_200, lambda name, number: str(number) if name == "surw" else name)
    assert set(found) == {PROVING, *PRIOR}
    assert min(found.values()) >= 3_200 / 16 / 32 * 0.9


def test_who_finds_new_classes_gets_more() -> None:
    """Of two, of which the other gets more while both find as much."""
    even = dealt(3_200, all_new)
    assert even["pos"] > even["pct"]
    odd = dealt(3_200, lambda name, number: str(number) if name in {"pct", PROVING} else name)
    assert odd["pct"] > odd["pos"]


def test_where_all_has_been_seen_the_proof_gets_most() -> None:
    """There are few classes then."""
    found = dealt(3_200, lambda _name, number: str(number % 7))
    assert found[PROVING] > 0.7 * 3_200


@pytest.mark.parametrize(("likely", "least", "most"), [(100, 0.7, 0.8), (1e9, 0.05, 0.1)])
def test_depth_first_search_gets_its_share_by_its_estimate(
    likely: float, least: float, most: float
) -> None:
    """Most, if it will be done within the budget; little, if it cannot be."""
    shares = Shares(schedules_max=10_000, reducing=False)
    left = Remaining(likely / 2, likely, likely * 2)
    found = dealt(3_200, all_new, left=left, shares=shares)
    assert least < found[PROVING] / 3_200 < most


def test_a_budget_of_time_is_one_of_steps() -> None:
    """A hundred steps left are worth no more than 25 runs of four steps."""
    shares = Shares(steps_max=13_000, reducing=False)
    found = dealt(3_200, all_new, left=Remaining(50, 100, 200), shares=shares)
    assert 0.5 < found[PROVING] / 3_200 < 0.75


def test_shares_go_on_where_they_were() -> None:
    """As data and back."""
    first, second = Shares(), Shares()
    dealt(500, all_new, shares=first)
    stored = msgspec.json.decode(msgspec.json.encode(first.state()))
    second.restore(msgspec.convert(stored, type(first.state())))
    assert dealt(500, all_new, shares=first) == dealt(500, all_new, shares=second)


@pytest.mark.parametrize(
    "change",
    [
        {"shares": {}},
        {"arms": {}},
        {"shares": dict.fromkeys([*PRIOR, PROVING], 0.0)},
        {"seen": ["x"]},
    ],
    ids=str,
)
def test_forged_shares_are_one_line(change: dict[str, object]) -> None:
    """Whatever stands in them."""
    result = harness.explore(programs.lost(2, 2), schedules=40)
    assert result.search is not None
    state = result.search.state
    state = state | {"shares": state["shares"] | change}
    with pytest.raises(SearchUnusable, match="its state is none of portfolio"):
        harness.explore(
            programs.lost(2, 2), resume=msgspec.structs.replace(result.search, state=state)
        )


def test_a_reduction_that_fails_by_a_bug_of_ours_is_given_up_and_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The verdict is that of every interleaving, and whoever reads it is told to report the bug."""

    def broken(*_: object) -> None:
        raise InternalError("a step went astray")

    monkeypatch.setattr(Dpor, "finished", broken)
    result = harness.explore(lost_update, strategy="portfolio", schedules=1_000)

    assert result.verdict == "violated"
    assert result.classes is None
    assert (
        "a step went astray (this is a bug in the harness: please report it)"
        in (result.assumptions[-1])
    )
