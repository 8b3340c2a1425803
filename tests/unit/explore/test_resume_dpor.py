"""A reduction that was stopped goes on from a file: the same classes, none twice."""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio

import harness
from harness.errors import SearchUnusable
from harness.explore.saved import SavedSearch
from harness.explore.strategies import Dpor
from tests.quality import programs
from tests.unit.explore.models import lost_update
from tests.unit.explore.test_resume import seen, through_a_file, visitors

Body = Callable[..., Awaitable[None]]
OPTIONS: dict[str, Any] = {"strategy": "dpor", "shrink": False, "assume_independent": True}


@harness.scenario()
async def looked_at(world: harness.World) -> None:
    """A predicate, a property over two rows, a lock, a timeout: all that a search finds out as it goes."""
    db = world.database("rows", {"a": 0, "b": 0})
    lock = trio.Lock()
    world.always("not both", lambda: db.peek("a") + db.peek("b") < 2)

    async def put(key: str) -> None:
        async with lock:
            await db.put(key, 1)

    async def count() -> None:
        with trio.move_on_after(1):
            await db.scan(where=lambda _key, value: value > 0)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(put, "a")
        nursery.start_soon(put, "b")
        nursery.start_soon(count)


def counted(result: harness.Result) -> dict[str, Any]:
    """What a search found, and what it cost."""
    return {**seen(result), "runs": (result.classes, result.redundant, result.blocked)}


@pytest.mark.parametrize(
    ("body", "every"),
    [
        pytest.param(lost_update, 1, id="lost update"),
        pytest.param(visitors, 3, id="a scenario"),
        pytest.param(looked_at, 1, id="properties, predicates, time"),
        pytest.param(programs.philosophers(3), 1, id="philosophers"),
        pytest.param(programs.last_zero(5), 19, id="last zero"),
        pytest.param(programs.lost(2, 2), 9, id="lost"),
    ],
)
def test_a_reduction_stopped_anywhere_ends_as_if_it_had_not_been(
    body: Body, every: int, tmp_path: Path
) -> None:
    """Saved, loaded, resumed: the same failures, classes and steps."""
    whole = harness.explore(body, **OPTIONS)
    assert whole.complete
    for stop in range(1, whole.schedules, every):
        part = harness.explore(body, schedules=stop, **OPTIONS)
        saved = through_a_file(part.search, tmp_path)
        rest = harness.explore(body, resume=saved, **OPTIONS)
        assert counted(rest) == counted(whole)
        assert rest.resumed_from == stop


def test_one_class_at_a_time_is_a_search_too(tmp_path: Path) -> None:
    """However often it is stored."""
    body = programs.philosophers(3)
    whole = harness.explore(body, **OPTIONS)
    part = harness.explore(body, schedules=1, **OPTIONS)
    while part.search is not None:
        saved = through_a_file(part.search, tmp_path)
        part = harness.explore(body, schedules=1, resume=saved, **OPTIONS)
    assert counted(part) == counted(whole)


async def saying_less_than_they_do() -> None:
    """A step that says what it reads first may write something else as well: a search finds out."""
    x, y = harness.Cell(0), harness.Cell(0)

    async def write() -> None:
        await x.write(1)
        await y.write(2)

    async def follow() -> None:
        if await x.read():
            y.set(1)
        await x.write(await y.read())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(write)
        nursery.start_soon(follow)


def test_what_was_found_out_about_tasks_is_kept() -> None:
    """The search began anew at some point; it does not once more."""
    whole = harness.explore(saying_less_than_they_do, **OPTIONS)
    for stop in range(1, whole.schedules, 3):
        part = harness.explore(saying_less_than_they_do, schedules=stop, **OPTIONS)
        assert part.search is not None
        rest = harness.explore(saying_less_than_they_do, resume=part.search, **OPTIONS)
        assert counted(rest) == counted(whole)


def test_a_bound_on_preemptions_is_kept() -> None:
    """And whether it has left anything out."""
    body = programs.lost(2, 2)
    options = {**OPTIONS, "preemption_bound": 1}
    whole = harness.explore(body, **options)
    assert whole.classes == 8
    assert whole.within
    for stop in range(1, whole.schedules, 7):
        part = harness.explore(body, schedules=stop, **options)
        rest = harness.explore(body, resume=part.search, **options)
        assert (counted(rest), rest.within) == (counted(whole), whole.within)


def test_a_reduction_interrupted_at_any_choice_ends_as_if_it_had_not_been(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In the middle of a run, which is made again."""
    body = programs.philosophers(2)
    whole = harness.explore(body, **OPTIONS)
    plain = Dpor.pick
    picks = at = 0

    def interrupting(self: Dpor, options: list[int], current: int) -> int:
        nonlocal picks
        picks += 1
        if picks == at:
            signal.raise_signal(signal.SIGINT)
        return plain(self, options, current)

    while True:
        at += 1
        picks = 0
        with monkeypatch.context() as patch:
            patch.setattr(Dpor, "pick", interrupting)
            part = harness.explore(body, **OPTIONS)
        if not part.interrupted:
            break
        if part.search is None:
            continue
        saved = through_a_file(part.search, tmp_path)
        assert counted(harness.explore(body, resume=saved, **OPTIONS)) == counted(whole)
    assert at > whole.schedules


def test_an_interrupt_while_it_looks_what_a_step_would_touch_does_no_harm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Such a look is repeated, the run before it counts, and the search ends there."""
    plain = Dpor._look
    looks = 0

    def interrupting(self: Dpor, steps: Any, known: Any) -> Any:
        nonlocal looks
        looks += 1
        if looks == 3:
            signal.raise_signal(signal.SIGINT)
        return plain(self, steps, known)

    body = programs.cas_rotation(4)
    whole = harness.explore(body, **OPTIONS)
    with monkeypatch.context() as patch:
        patch.setattr(Dpor, "_look", interrupting)
        part = harness.explore(body, **OPTIONS)
    assert part.interrupted
    assert looks >= 3
    assert counted(harness.explore(body, resume=part.search, **OPTIONS)) == counted(whole)


def test_what_has_no_label_but_its_address_cannot_be_stored() -> None:
    """A lock that is older than the search is another one in the next interpreter."""
    lock = trio.Lock()

    async def body() -> None:
        async def use() -> None:
            async with lock:
                await trio.lowlevel.checkpoint()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(use)
            nursery.start_soon(use)

    part = harness.explore(body, schedules=2, **OPTIONS)
    assert part.search is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda state: state["path"].update(forced=[]), "parts do not"),
        (lambda state: state["path"].update(forced=[10_000]), "fit together|no step 10000"),
        (lambda state: state["path"].update(asleep=[]), "do not fit together"),
        (lambda state: state["path"]["trees"].append(3), "parts do not fit"),
        (lambda state: state["path"]["steps"].clear(), "there is no step"),
        (lambda state: state["path"]["events"][0][2].__setitem__(4, "ff"), "after a later one"),
        (lambda state: state["path"]["events"][0][2].__setitem__(0, "x"), "pattern|match"),
        (lambda state: state["path"]["nodes"].append([[0], 0]), "begins nowhere"),
        (lambda state: state["names"]["things"].append("clock"), "twice"),
        (lambda state: state["names"].update(tasks=[]), "no clock"),
        (lambda state: state.pop("counts"), "counts"),
    ],
)
def test_a_state_that_cannot_be_is_refused_in_one_line(
    change: Callable[[dict[str, Any]], None], reason: str
) -> None:
    """Whatever somebody made of the file."""
    part = harness.explore(programs.last_zero(4), schedules=9, **OPTIONS)
    assert part.search is not None
    state = msgspec.json.decode(msgspec.json.encode(part.search.state))
    change(state)
    search: SavedSearch = msgspec.structs.replace(part.search, state=state)
    with pytest.raises(SearchUnusable, match=reason) as caught:
        harness.explore(programs.last_zero(4), resume=search, **OPTIONS)
    assert "\n" not in str(caught.value)


def test_the_estimate_says_how_much_is_left() -> None:
    """Roughly, and surely not less than the branches that wait."""
    whole = harness.explore(programs.last_zero(5), **OPTIONS)
    part = harness.explore(programs.last_zero(5), schedules=whole.schedules // 2, **OPTIONS)
    assert part.remaining is not None
    left = whole.schedules - part.schedules
    assert part.remaining.low <= left <= part.remaining.high
