"""How soon the samplers find known bugs, next to what is published of them and to a random walk.

The long versions stand last. Where nothing else is said, a session is a search of its own with a seed of its
own, up to the first schedule that shows the bug.
"""

from __future__ import annotations

from math import sqrt
from statistics import mean

import pytest

from harness.explore.strategies import STRATEGIES, Pct
from tests.quality.bugs import OTHERS, ROWS, Program, ladder
from tests.quality.quicker import QUICKER
from tests.quality.sessions import sessions, subject_of

PUBLISHED = [program for program in ROWS if program.published]
SMALL = [program for program in PUBLISHED if not program.name.endswith(("_50", "_100"))]
BY_NAME = {program.name: program for program in [*ROWS, *OTHERS]}
#: How much later than published a mean may be.
TOLERANCE = 1.25
#: Within so many schedules a bug counts as found.
AT_MOST = 10_000


def ids(programs: list[Program]) -> list[str]:
    """Their names."""
    return [program.name for program in programs]


# ---- surw ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("program", SMALL, ids=ids(SMALL))
def test_surw_is_as_quick_as_published(program: Program) -> None:
    """On the smaller rows, in each of 20 sessions."""
    found = sessions(program.make(), "surw", range(20), at_most=AT_MOST)
    assert max(found) <= AT_MOST
    assert mean(found) <= TOLERANCE * program.published_surw


def test_surw_evens_out_tasks_of_uneven_length() -> None:
    """One step among twenty-five comes last in one of 26 runs; a random walk has odds of 2^-25."""
    program = BY_NAME["uneven"]
    assert max(sessions(program.make(), "surw", range(10), at_most=1_000)) <= 1_000
    assert min(sessions(program.make(), "random", range(2), at_most=300)) > 300


# ---- pct -------------------------------------------------------------------------------------------


def pct_hits(depth: int, before: int, *, runs: int, seed: int = 0) -> tuple[int, float]:
    """Hits of a bug of this depth in so many runs, and how many the guarantee promises."""
    subject = subject_of(ladder(depth, before))
    strategy = Pct(seed, depth=depth)
    found = 0
    with subject.kernel(0) as kernel:
        for _ in range(10):  # the horizon is measured
            subject.run(kernel, strategy)
            strategy.finished(kernel.engine)
        for _ in range(runs):
            found += bool(subject.run(kernel, strategy).failures)
            strategy.finished(kernel.engine)
    tasks, horizon = 3, strategy._longest
    return found, runs / (tasks * horizon ** (depth - 1))


@pytest.mark.parametrize(
    ("depth", "before", "runs"),
    [(1, 0, 100), (1, 20, 100), (2, 0, 400), (2, 8, 400), (3, 0, 2_000)],
)
def test_pct_keeps_its_promise(depth: int, before: int, runs: int) -> None:
    """At least 1 / (n k^(d-1)) of the runs, but for three standard deviations."""
    found, promised = pct_hits(depth, before, runs=runs)
    assert found >= promised - 3 * sqrt(promised)


# ---- against a random walk ---------------------------------------------------------------------------


#: What counts for a random walk that finds nothing.
WALK_MOST = 1_000


def quicker(name: str, strategy: str, *, count: int, at_most: int = WALK_MOST) -> float:
    """The mean of a random walk over ours."""
    body = BY_NAME[name].make()
    walk = mean(sessions(body, "random", range(count), at_most=at_most))
    return walk / mean(sessions(body, strategy, range(count), at_most=at_most))


@pytest.mark.parametrize(
    ("strategy", "name"),
    [("pos", "reorder_4"), ("pos", "twostage"), ("pct", "reorder_3"), ("pct", "twostage")],
)
def test_fewer_schedules_than_a_random_walk(strategy: str, name: str) -> None:
    """By half of the factor that 200 sessions show, at least."""
    assert quicker(name, strategy, count=40) >= 1 + (QUICKER[strategy][name] - 1) / 2


def test_pct_finds_what_is_behind_many_steps_where_a_random_walk_does_not() -> None:
    """Twelve steps of one task before the first of the other: 2^-12 for a random walk, at best."""
    assert quicker("ladder_1", "pct", count=3, at_most=300) >= 30


# ---- the long versions -----------------------------------------------------------------------------


@pytest.mark.soak
@pytest.mark.parametrize("program", PUBLISHED, ids=ids(PUBLISHED))
def test_surw_finds_every_row_in_every_session(program: Program) -> None:
    """All ten, in each of 20 sessions of at most 10,000 schedules."""
    found = sessions(program.make(), "surw", range(1_000, 1_020), at_most=AT_MOST)
    print(f"{program.name}: mean {mean(found):.1f}, published {program.published_surw}")  # noqa: T201
    assert max(found) <= AT_MOST


@pytest.mark.soak
def test_surw_is_as_quick_as_published_on_nine_of_ten_rows() -> None:
    """Means of 200 sessions, of 20 for programs of a hundred tasks."""
    quick = []
    for program in PUBLISHED:
        seeds = range(20 if program.name.endswith("_100") else 200)
        found = mean(sessions(program.make(), "surw", seeds, at_most=AT_MOST))
        print(f"{program.name}: mean {found:.1f}, published {program.published_surw}")  # noqa: T201
        quick.append(found <= TOLERANCE * program.published_surw)
    assert quick.count(True) >= 9


@pytest.mark.soak
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
@pytest.mark.parametrize("before", [0, 4])
@pytest.mark.parametrize("seed", range(3))
def test_pct_keeps_its_promise_at_every_depth(depth: int, before: int, seed: int) -> None:
    """So many runs that the promise is of at least ten hits."""
    runs = {1: 1_000, 2: 3_000, 3: 10_000, 4: 100_000}[depth]
    found, promised = pct_hits(depth, before, runs=runs, seed=seed)
    print(f"depth {depth}, {before} before: {found} hits, {promised:.1f} promised")  # noqa: T201
    assert promised >= 10
    assert found >= promised - 3 * sqrt(promised)


@pytest.mark.soak
@pytest.mark.parametrize("strategy", QUICKER)
def test_fewer_schedules_than_a_random_walk_by_stated_factors(strategy: str) -> None:
    """Means of 200 sessions each."""
    found = {name: quicker(name, strategy, count=200) for name in QUICKER[strategy]}
    print({name: f"{factor:.1f}" for name, factor in found.items()})  # noqa: T201
    assert all(found[name] >= factor for name, factor in QUICKER[strategy].items())


#: Schedules at most, and seeds; a hundred tasks make a schedule slow.
EFFORT = (2_000, range(200))
EFFORT_LARGE = (5_000, range(20))
OF_PORTFOLIO = ("random", "dfs", "dpor", "pct", "pos", "surw")


@pytest.mark.soak
@pytest.mark.parametrize("program", BY_NAME.values(), ids=BY_NAME)
def test_a_portfolio_needs_at_most_twice_the_schedules_of_its_best_part(program: Program) -> None:
    """By means; a strategy that misses the bug in any session is taken to need as many as allowed."""
    at_most, seeds = EFFORT_LARGE if program.name.endswith(("_50", "_100")) else EFFORT
    means = {}
    for strategy in OF_PORTFOLIO:
        drawn = seeds if hasattr(STRATEGIES[strategy], "learnt") else seeds[:1]
        means[strategy] = mean(sessions(program.make(), strategy, drawn, at_most=at_most))
    portfolio = mean(sessions(program.make(), "portfolio", seeds, at_most=at_most))
    print(f"{program.name}: portfolio {portfolio:.1f}, {means}")  # noqa: T201
    assert portfolio <= 2 * min(means.values())
