"""What is said of two steps that do not commute: who, where, what they touch, and whose fault it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import trio

from harness.explore.audit.compare import Differences
from harness.explore.audit.found import Mismatch, Side
from harness.explore.audit.memory import SharedMemory
from harness.kernel import Event, ObservedEngine
from harness.kernel.waiting import user_frames

if TYPE_CHECKING:
    from harness.explore.audit.narrow import Culprit
    from harness.explore.audit.play import Player


@attrs.define(eq=False)
class _Watch(trio.abc.Instrument):
    """Looks at two steps while they are taken: where their tasks stand, and what memory they share.

    Attributes:
      sides: the places of the steps, and who takes them.
      places: file and line before and after each step, by its place.
      shared: memory that both can reach and that has changed.
    """

    sides: dict[int, Event]
    engine: ObservedEngine = attrs.field(init=False)
    places: dict[int, tuple[str, str]] = attrs.field(factory=dict, init=False)
    shared: tuple[str, ...] = ()
    _memory: SharedMemory | None = attrs.field(default=None, init=False)
    _step: int = attrs.field(default=-1, init=False)

    def begin(self, engine: ObservedEngine) -> None:
        """A run is about to start."""
        self.engine = engine
        engine.instruments.add_instrument(self)

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        """Trio's hook."""
        self._step = len(self.engine.events)
        if self._step not in self.sides:
            return
        self.places[self._step] = _where(task), ""
        if self._memory is None:
            tasks = [self._task(event) for event in self.sides.values()]
            if all(isinstance(one, trio.lowlevel.Task) for one in tasks):
                self._memory = SharedMemory(tasks[0], tasks[1])

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        """Trio's hook."""
        if self._step not in self.places:
            return
        self.places[self._step] = self.places[self._step][0], _where(task)
        if self._memory is not None and self._step == max(self.sides):
            self.shared = self._memory.changed()

    def _task(self, event: Event) -> trio.lowlevel.Task:
        task: trio.lowlevel.Task = self.engine.things[self.engine.index_of[event.who]]
        return task


def _where(task: trio.lowlevel.Task) -> str:
    """File and line at which a task stands; empty when it has ended."""
    frame = None
    for inner in user_frames(task.coro):
        frame = inner
    if frame is None:
        return ""
    return f"{frame.f_code.co_filename.rpartition('/')[2]}:{frame.f_lineno}"


def mismatch(player: Player, culprit: Culprit, schedule: int) -> Mismatch:
    """The culprit in words; `schedule` is the number of the one in which it was found."""
    events, pair = culprit.before.events, culprit.pair
    sides = {pair.begin: events[pair.begin], pair.middle: events[pair.middle]}
    watch = _Watch(sides)
    engine = player.watched(events, watch.begin)
    words = Differences(engine.names)
    first, second = (_side(engine, words, event, watch, place) for place, event in sides.items())
    together = first.process == second.process
    return Mismatch(
        first=first,
        second=second,
        differs=words.first(culprit.before, culprit.after, culprit.order, pair),
        shared=watch.shared,
        schedule=schedule,
        step=pair.begin,
        is_ours=not watch.shared,
        advice=_advice(watch.shared, together=together),
    )


def _side(
    engine: ObservedEngine, words: Differences, event: Event, watch: _Watch, place: int
) -> Side:
    owner = engine.owners[engine.index_of[event.who]]
    begins, ends = watch.places.get(place, ("", ""))
    in_words = engine.names.in_words
    return Side(
        task=words.label(event.who),
        process=owner.label,
        reads=tuple(in_words(event.reads & ~1)),
        writes=tuple(in_words(event.writes)),
        parts=tuple(in_words(event.parts)),
        begins=begins,
        ends=ends,
    )


def _advice(shared: tuple[str, ...], *, together: bool) -> str:
    if not shared:
        return (
            "the harness does not know something that one of these steps touches: please report this. "
            "Until it does, trust no proof of --strategy dpor here; dfs needs no footprints"
        )
    names = ", ".join(shared)
    if together:
        return (
            f"both use {names}, which nobody tracks: make it harness.tracked(...) "
            "or a harness.Cell, or do without assume_independent"
        )
    return (
        f"both use {names}, which is memory of two processes: real ones share none; keep it in "
        "something of the world, such as a database or a harness.Cell"
    )
