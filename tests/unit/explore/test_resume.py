"""A search that was stopped goes on as if nobody had stopped it, or says in one line why it cannot."""

from __future__ import annotations

import contextlib
import json
import signal
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio
from hypothesis import HealthCheck, given, settings, strategies as st

import harness
from harness.errors import HarnessError, NotResumable, SearchUnusable
from harness.explore.saved import SavedSearch, load_search, save_search
from harness.explore.strategies import STRATEGIES, DepthFirst, Portfolio
from harness.explore.subject import Finding, Subject
from harness.kernel import Chooser, Kernel
from harness.traces.format import checksum
from tests.quality import programs
from tests.unit.explore.models import lost_update
from tests.unit.explore.portfolios import WithoutReduction

Body = Callable[..., Awaitable[None]]


@harness.scenario(fixes=["atomic"], params={"visits": 2})
async def visitors(world: harness.World) -> None:
    """Two services count in one row; a corrupt count is used now and then, and a wrong one found."""
    db = world.database("counter", {"n": 0})
    count = db.critical("n", valid=lambda old, new: new > old)

    async def visit() -> None:
        before = await db.get("n")
        await db.put("n", before + (1 if world.choose("luck", ["good", "bad"]) == "good" else -1))
        if before:
            count.irreversible("bill", cost=before + 5)

    world.sometimes("a start", reached=True)
    services = [world.start(visit, name=str(n)) for n in range(world.params["visits"])]
    for service in services:
        await service.wait()
    assert db.peek("n") != -2, "both had bad luck, one after the other"


def seen(result: harness.Result) -> dict[str, Any]:
    """Everything that a search found, but for the time it took."""
    return {
        "verdict": result.verdict,
        "counts": (result.schedules, result.sampled, result.steps, result.cut, result.cut_where),
        "complete": result.complete,
        "unreached": result.unreached,
        "scorecard": result.scorecard,
        "violations": [
            (v.property, v.message, v.first_seen, v.seen, v.fingerprint, v.trace.digest)
            for v in result.violations
        ],
    }


def through_a_file(search: SavedSearch | None, folder: Path) -> SavedSearch:
    """What comes back when it is saved and loaded."""
    assert search is not None
    loaded = load_search(save_search(search, folder))
    assert loaded == search
    return loaded


# ---- stopped by a limit ----------------------------------------------------------------------------


async def race() -> None:
    """Six interleavings, three of which fail."""
    cell = harness.Cell(0)

    async def task(number: int) -> None:
        await cell.write(number)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(task, 1)
        nursery.start_soon(task, 2)
    assert cell.get() == 2, "the first was the last"


@pytest.mark.parametrize(
    ("body", "strategy", "stops"),
    [
        pytest.param(race, "dfs", range(1, 6), id="race, dfs"),
        pytest.param(lost_update, "dfs", range(1, 20, 4), id="lost update, dfs"),
    ],
)
def test_a_search_stopped_anywhere_ends_as_if_it_had_not_been(
    body: Body, strategy: str, stops: Iterable[int], tmp_path: Path
) -> None:
    """After each schedule but the last: saved, loaded, resumed, and everything is the same."""
    whole = harness.explore(body, strategy=strategy, shrink=False)
    assert whole.complete
    assert whole.search is None
    for stop in stops:
        part = harness.explore(body, strategy=strategy, schedules=stop, shrink=False)
        saved = through_a_file(part.search, tmp_path)
        rest = harness.explore(body, strategy=strategy, resume=saved, shrink=False)
        assert seen(rest) == seen(whole)
        assert rest.resumed_from == stop


def test_one_schedule_at_a_time_is_a_search_too() -> None:
    """A limit counts what is added; the numbers of schedules go on."""
    whole = harness.explore(race, strategy="dfs")
    part = harness.explore(race, strategy="dfs", schedules=1)
    sittings = 1
    while part.search is not None:
        part = harness.explore(race, strategy="dfs", schedules=1, resume=part.search)
        sittings += 1
    assert seen(part) == seen(whole)
    assert sittings == whole.schedules


def test_a_scenario_keeps_its_scorecard_and_its_failures() -> None:
    """Episodes, costs, points that were reached: of both sittings together."""
    whole = harness.explore(visitors, strategy="dfs", shrink=False)
    assert whole.scorecard.cost_worst > 0
    assert len(whole.violations) > 1
    for stop in (1, whole.schedules // 3, whole.schedules - 1):
        part = harness.explore(visitors, strategy="dfs", schedules=stop, shrink=False)
        rest = harness.explore(visitors, strategy="dfs", resume=part.search, shrink=False)
        assert seen(rest) == seen(whole)


def test_a_time_budget_counts_what_is_added() -> None:
    """The second sitting gets its own time, and the result has that of both."""
    options: dict[str, Any] = {"strategy": "dfs", "time_budget_s": 0.2}
    first = harness.explore(programs.lost(3, 2), **options)
    second = harness.explore(programs.lost(3, 2), resume=first.search, **options)
    assert second.schedules > first.schedules
    assert second.wall_s > 0.3


def test_stop_at_first_stops_at_the_first_new_failure() -> None:
    """Those that are known are no news."""
    options: dict[str, Any] = {"strategy": "dfs", "stop_at_first": True, "shrink": False}
    result = harness.explore(visitors, **options)
    kinds = 0
    while result.search is not None:
        assert len(result.violations) == kinds + 1
        kinds += 1
        result = harness.explore(visitors, resume=result.search, **options)
    assert result.complete
    assert seen(result) == seen(harness.explore(visitors, strategy="dfs", shrink=False))


def test_the_estimate_goes_on_where_it_was() -> None:
    """That of a depth-first search depends on nothing but where it stands."""
    part = harness.explore(programs.lost(2, 3), strategy="dfs", schedules=700)
    more = harness.explore(programs.lost(2, 3), strategy="dfs", schedules=300, resume=part.search)
    straight = harness.explore(programs.lost(2, 3), strategy="dfs", schedules=1000)
    assert more.remaining == straight.remaining


# ---- stopped by an interrupt -----------------------------------------------------------------------


def interrupted_at(
    pick: int,
    monkeypatch: pytest.MonkeyPatch,
    body: Body,
    strategy: type[DepthFirst | Portfolio] = DepthFirst,
) -> harness.Result:
    """A search with a Ctrl-C at its n-th choice."""
    picks = 0
    plain: Any = strategy.pick

    def counting(self: Any, options: list[int], current: int) -> int:
        nonlocal picks
        picks += 1
        if picks == pick:
            signal.raise_signal(signal.SIGINT)
        picked: int = plain(self, options, current)
        return picked

    with monkeypatch.context() as patch:
        patch.setattr(strategy, "pick", counting)
        return harness.explore(body, strategy=strategy.name, shrink=False)


def test_a_search_interrupted_at_any_choice_ends_as_if_it_had_not_been(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In the middle of a schedule as well; that one is made again."""
    whole = harness.explore(race, strategy="dfs", shrink=False)
    pick = 0
    while True:
        pick += 1
        part = interrupted_at(pick, monkeypatch, race)
        if not part.interrupted:
            break
        if part.search is None:  # within the very first schedule
            assert part.schedules == 0
            continue
        saved = through_a_file(part.search, tmp_path)
        rest = harness.explore(race, strategy="dfs", resume=saved, shrink=False)
        assert seen(rest) == seen(whole)
    assert pick > whole.schedules


def shown(result: harness.Result) -> dict[str, Any]:
    """What became of a search whose shares depend on how much is left to it."""
    return {
        "verdict": result.verdict,
        "complete": result.complete,
        "violations": {violation.fingerprint for violation in result.violations},
    }


@pytest.mark.parametrize("made", [Portfolio, WithoutReduction])
def test_a_portfolio_interrupted_anywhere_comes_to_the_same_end(
    made: type[Portfolio], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The schedule that was broken off is made again."""
    monkeypatch.setitem(STRATEGIES, "portfolio", made)
    whole = harness.explore(lost_update, shrink=False)
    assert whole.complete
    for pick in (1, 9, 30, 50):
        part = interrupted_at(pick, monkeypatch, lost_update, Portfolio)
        assert part.interrupted
        if part.search is None:  # within the very first schedule
            assert part.schedules == 0
            continue
        saved = through_a_file(part.search, tmp_path)
        assert shown(harness.explore(lost_update, resume=saved, shrink=False)) == shown(whole)


def test_a_portfolio_stopped_by_a_limit_comes_to_the_same_end(tmp_path: Path) -> None:
    """A few schedules at a time, through all of its parts."""
    whole = harness.explore(lost_update)
    part = harness.explore(lost_update, schedules=30)
    for _ in range(10):
        if part.search is None:
            break
        saved = through_a_file(part.search, tmp_path)
        part = harness.explore(lost_update, schedules=30, resume=saved)
    assert shown(part) == shown(whole)


def test_an_interrupt_while_failures_are_run_again_loses_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was saved is handed back as it was."""
    part = harness.explore(lost_update, strategy="dfs", schedules=10, shrink=False)
    assert part.violations

    plain = Subject.run

    def run(self: Subject, kernel: Kernel, chooser: Chooser, **options: Any) -> Finding:
        signal.raise_signal(signal.SIGINT)
        return plain(self, kernel, chooser, **options)

    monkeypatch.setattr(Subject, "run", run)
    again = harness.explore(lost_update, strategy="dfs", resume=part.search)
    assert again.interrupted
    assert again.search == part.search


# ---- where it is looked for ------------------------------------------------------------------------


def test_a_folder_is_searched_by_name_and_may_have_none(tmp_path: Path) -> None:
    """Each request has a name of its own, so that searches do not take each other's place."""
    first = harness.explore(lost_update, strategy="dfs", schedules=5, resume=tmp_path)
    assert first.resumed_from == 0
    assert first.search is not None
    assert save_search(first.search, tmp_path).name == first.search_name
    assert harness.explore(lost_update, strategy="dfs", resume=tmp_path).resumed_from == 5
    for other in ({"seed": 1}, {"steps_max": 100}, {"fairness": "trio"}, {"strategy": "portfolio"}):
        options: dict[str, Any] = {"strategy": "dfs", **other}
        assert harness.explore(lost_update, resume=tmp_path, **options).resumed_from == 0


def test_a_file_that_is_not_there_is_one_line() -> None:
    """Unlike in a folder: somebody named it."""
    with pytest.raises(SearchUnusable, match=r"nowhere\.search\.json: No such file"):
        harness.explore(lost_update, strategy="dfs", resume="nowhere.search.json")


def test_a_random_search_has_nothing_to_go_on_with() -> None:
    """It ends by its limits alone."""
    result = harness.explore(lost_update, strategy="random", schedules=5)
    assert (result.search, result.search_name) == (None, "")
    with pytest.raises(NotResumable, match="dfs"):
        harness.explore(lost_update, strategy="random", resume=".")


# ---- something is not as it was --------------------------------------------------------------------


def refused(search: SavedSearch, body: Body = lost_update, **options: Any) -> str:
    """The one line that says why it cannot be resumed."""
    with pytest.raises(SearchUnusable) as caught:
        harness.explore(body, resume=search, **({"strategy": "dfs"} | options))
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture(name="search")
def a_search() -> SavedSearch:
    """Stopped in the middle, with a failure."""
    result = harness.explore(lost_update, strategy="dfs", schedules=10, shrink=False)
    assert result.search is not None
    assert result.search.kinds
    return result.search


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"trio": "0.0"}, "made with Trio 0.0"),
        ({"harness": "0.0"}, "made by version 0.0 of the harness"),
        ({"source": "0"}, "the scenario's file has changed"),
        ({"fixes": ("x",)}, "its fixes is"),
        ({"model": "another"}, "its model is another"),
    ],
)
def test_another_search_is_refused(
    search: SavedSearch, changes: dict[str, Any], reason: str
) -> None:
    """By what it differs in."""
    other = msgspec.structs.replace(search.identity, **changes)
    assert reason in refused(msgspec.structs.replace(search, identity=other))


def test_another_seed_or_model_is_another_search(search: SavedSearch) -> None:
    """What was asked for is part of what it is."""
    assert "its seed is 0, not 3" in refused(search, seed=3)
    assert "its model is" in refused(search, steps_max=77)
    assert "its strategy is dfs, not portfolio" in refused(search, strategy="portfolio")
    assert "preemption bound 1" in refused(search, preemption_bound=1)


def test_a_search_within_bounds_goes_on_within_them() -> None:
    """And knows whether they left anything out before it was stopped."""
    options: dict[str, Any] = {"strategy": "dfs", "preemption_bound": 1, "shrink": False}
    whole = harness.explore(lost_update, **options)
    assert whole.within
    for stop in range(1, whole.schedules):
        part = harness.explore(lost_update, schedules=stop, **options)
        rest = harness.explore(lost_update, resume=part.search, **options)
        assert (seen(rest), rest.within) == (seen(whole), whole.within)


def test_secrets_are_kept_out_of_the_file() -> None:
    """As out of traces."""

    @harness.scenario(params={"password": "x"})
    async def login(world: harness.World) -> None:
        world.choose("who", ["a", "b"])

    options: dict[str, Any] = {"strategy": "dfs", "params": {"password": "hunter2"}}
    part = harness.explore(login, schedules=1, **options)
    assert part.search is not None
    assert b"hunter2" not in msgspec.json.encode(part.search)
    assert harness.explore(login, resume=part.search, **options).complete


def test_code_that_does_something_else_now_is_refused() -> None:
    """The file of the scenario is the same, a module that it uses is not: a schedule shows it."""
    amount = 1

    async def model() -> None:
        cell = harness.Cell(0)
        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(cell.add, amount)

    part = harness.explore(model, strategy="dfs", schedules=5)
    assert part.search is not None
    amount = 2
    assert "goes another way (with the same choices): the code has changed" in refused(
        part.search, model
    )


def test_a_failure_that_fails_no_longer_is_refused() -> None:
    """A property is stricter or laxer than it was, though each schedule does what it did."""
    strict = True

    async def model() -> None:
        cell = harness.Cell(0)
        async with trio.open_nursery() as nursery:
            for number in range(3):
                nursery.start_soon(cell.write, number)
        assert cell.peek() != 1 or not strict

    part = harness.explore(model, strategy="dfs", schedules=40, shrink=False)
    assert part.violations
    assert part.search is not None
    strict = False
    assert "goes another way" in refused(part.search, model)


# ---- files from anywhere ---------------------------------------------------------------------------


def forged(search: SavedSearch, **changes: Any) -> dict[str, Any]:
    """A file's content with other values and a checksum that fits."""
    content = msgspec.to_builtins(search) | changes
    return {**content, "checksum": checksum(content)}


@pytest.mark.parametrize(
    "changes",
    [
        {"state": {}},
        {"state": {"path": [0], "rest": [[]], "widths": [1], "runs": 1, "more": 1}},
        {"state": {"path": [9], "rest": [[1]], "widths": [2], "runs": 1}},
        {"state": {"path": [1], "rest": [[1]], "widths": [2], "runs": 1}},
        {"state": {"path": [2, 3], "rest": [[3]], "widths": [2], "runs": 1}},
        {"state": {"path": [-1], "rest": [[]], "widths": [2], "runs": 1}},
        {"state": {"path": [], "rest": [], "widths": [], "runs": 4}},
        {"state": {"path": [2] * 9, "rest": [[]] * 9, "widths": [2] * 9, "runs": 4}},
        {"schedules": 0},
        {"schedules": -1},
        {"schedules": True},
        {"schedules": "10"},
        {"wall_s": -1.0},
        {"version": 2},
        {"version": True},
        {"reached": {"x": 1}},
        {"kinds": [{}]},
        {"extra": 1},
        {"scorecard": None},
    ],
    ids=str,
)
def test_a_forged_state_is_one_line(
    search: SavedSearch, changes: dict[str, Any], tmp_path: Path
) -> None:
    """Whatever stands in it, even with a checksum that fits."""
    file = tmp_path / "x.search.json"
    file.write_text(json.dumps(forged(search, **changes)))
    with pytest.raises(SearchUnusable) as caught:
        harness.explore(lost_update, strategy="dfs", resume=file)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_scorecard_that_does_not_add_up_is_one_line(search: SavedSearch) -> None:
    """Of ten schedules twenty were corrupt."""
    card = msgspec.structs.replace(search.scorecard, corrupted=20)
    text = refused(msgspec.structs.replace(search, scorecard=card))
    assert "its scorecard does not add up" in text


@pytest.mark.parametrize("words", [[], [0] * 624, [-1] * 625, [0] * 624 + [625], [1 << 32] * 625])
def test_a_forged_random_state_is_one_line(words: list[int]) -> None:
    """Python's own generator would take some of these for granted."""
    result = harness.explore(programs.lost(2, 2), schedules=150)
    assert result.search is not None
    state = result.search.state
    streams = state["samplers"]["random"] | {"draw": words}
    state = state | {"samplers": state["samplers"] | {"random": streams}}
    search = msgspec.structs.replace(result.search, state=state)
    with pytest.raises(SearchUnusable, match="its state is none of portfolio"):
        harness.explore(programs.lost(2, 2), resume=search)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is empty"),
        (b"[]", "JSON object"),
        (b"{", "cut short"),
        (b"\0", "NUL"),
        (b'{"version": 1}', "checksum"),
        (b"[" * 100_000, "nested too deep|cut short"),
        (b'{"version": NaN}', "NaN"),
    ],
)
def test_what_is_no_search_is_one_line(data: bytes, reason: str, tmp_path: Path) -> None:
    """The limits are those of traces."""
    file = tmp_path / "x.search.json"
    file.write_bytes(data)
    with pytest.raises(SearchUnusable, match=reason):
        load_search(file)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_file_with_any_byte_changed_is_refused_or_means_the_same(
    search: SavedSearch, tmp_path: Path, data: st.DataObject
) -> None:
    """White space may change; nothing else goes unnoticed, and nothing but the one error is raised."""
    content = save_search(search, tmp_path).read_bytes()
    place = data.draw(st.integers(0, len(content) - 1))
    byte = data.draw(st.integers(0, 255))
    file = tmp_path / "changed.search.json"
    file.write_bytes(content[:place] + bytes([byte]) + content[place + 1 :])
    with contextlib.suppress(SearchUnusable):
        assert load_search(file) == search


def test_a_search_is_saved_whole_or_not_at_all(search: SavedSearch, tmp_path: Path) -> None:
    """Over an older one; and what cannot be saved leaves nothing behind."""
    path = save_search(search, tmp_path)
    save_search(msgspec.structs.replace(search, schedules=11), tmp_path)
    assert load_search(path).schedules == 11
    params = msgspec.structs.replace(search.identity, params={"x": object()})
    with pytest.raises(HarnessError):
        save_search(msgspec.structs.replace(search, identity=params), tmp_path)
    with pytest.raises(HarnessError, match="cannot save the search"):
        save_search(search, tmp_path / "missing")
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
