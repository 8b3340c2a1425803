"""Searches made by several processes, as if one had made them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from harness.errors import BadBudget, HarnessError, NotForWorkers, TraceUntrusted
from harness.explore.discover import import_scenario
from harness.explore.door import check_whole
from harness.explore.evidence import scenario_name
from harness.explore.workers.crew import Alone, Crew, Died, Event
from harness.explore.workers.items import Standing
from harness.explore.workers.processes import HANG_S, Processes
from harness.explore.workers.running import Running
from harness.explore.workers.search import Search
from harness.kernel.interrupt import Interrupts
from harness.traces import default_roots, resolve_scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from types import TracebackType

    from harness.explore.asked import Asked
    from harness.explore.loop import Progress
    from harness.explore.result import Result
    from harness.explore.scenario import Scenario

#: Wall-clock seconds between two looks at the time, and between two reports.
LOOK_EVERY_S, SHOW_EVERY_S = 0.05, 0.1

#: More interpreters than this are a slip of the finger, and would choke the machine.
WORKERS_MAX = 256


class Workers:
    """So many worker processes, for one search after the other; with one, no other process is needed.

    Use as a context manager: at the end of it no worker is left.
    """

    def __init__(
        self, count: int, *, hang_s: float = HANG_S, notice: Callable[[str], None] | None = None
    ) -> None:
        """Begin; processes are started when there is something to be done.

        Args:
          count: how many.
          hang_s: a worker that sees no schedule end in so many wall-clock seconds is replaced.
          notice: told in words of each that died and was replaced.
        """
        self.count = count
        self._known: dict[str, Scenario] = {}
        self.crew: Crew = (
            Processes(count, hang_s, notice)
            if count > 1
            else Alone(self._known.__getitem__, self._stands)
        )
        self._owners: dict[int, Running] = {}
        self._items = 0
        self._pressed = False
        self._progress: Callable[[Progress], None] | None = None
        self._shown = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.crew.close()

    def search(
        self,
        scenario: Scenario,
        asked: Asked,
        *,
        schedules: int | None = None,
        time_budget_s: float | None = None,
        stop_at_first: bool = False,
        known: Collection[str] = (),
        shrink: bool = True,
    ) -> Search:
        """A search for these workers; arguments as of `explore`.

        Raises:
          NotForWorkers: they cannot find this scenario.
          HarnessError: what is asked of it cannot be.
        """
        return Search(
            scenario=self._name(scenario),
            asked=asked,
            subject=asked.subject(scenario),
            schedules=schedules,
            time_budget_s=time_budget_s,
            stop_at_first=stop_at_first,
            known=tuple(known),
            shrink=shrink,
        )

    def _name(self, scenario: Scenario) -> str:
        """By which workers find this scenario."""
        name = scenario_name(scenario)
        if self.count > 1:
            _check_found(scenario, name)
        while self._known.setdefault(name, scenario) is not scenario:
            name += "'"  # of two with one name, here
        return name

    def results(
        self, searches: Sequence[Search], progress: Callable[[Progress], None] | None = None
    ) -> Iterator[Result]:
        """Make these searches; each result as soon as it is there, in their order.

        Who has nothing to do in one search begins with the next. `progress` is told of the one whose
        result is next. Ctrl-C ends that, and keeps what was found.

        Raises:
          HarnessError: a search cannot be made.
        """
        self._progress = progress
        running = [Running(search, self.count) for search in searches]
        try:
            for place, current in enumerate(running):
                with Interrupts(on_interrupt=self._press, progress=self._step):
                    self._finish(current, running[place:])
                self.crew.rest()
                yield current.result()
        finally:
            self._drop(running)

    def _press(self) -> None:
        self._pressed = True

    def _step(self) -> int:
        """A second Ctrl-C gives up, but for one before the first was seen: nobody waits that shortly."""
        return -2 if self._pressed else -1

    def _finish(self, current: Running, running: Sequence[Running]) -> None:
        """Work until the first of those that are running is done."""
        while True:
            if self._pressed:
                self._pressed = False
                current.halt()
            current.settle()
            if current.failed is not None:
                raise current.failed
            self._stop_unwanted(running)
            if current.done:
                break
            self._hand_out(running)
            for number, event in self.crew.events(LOOK_EVERY_S):
                self._happened(number, event)
            self._show(current)
        self._show(current, last=True)

    def _hand_out(self, running: Sequence[Running]) -> None:
        for one in running:
            while self.crew.is_free:
                item = one.next_item(self._items)
                if item is None:
                    break
                self._owners[self._items] = one
                self._items += 1
                self.crew.do(item)

    def _happened(self, number: int, event: Event) -> None:
        if isinstance(event, Standing):
            self._stands(number, event)
            return
        owner = self._owners.pop(number)
        try:
            if isinstance(event, Died):
                owner.died(number, event.how)
            else:
                owner.back(number, event)
            owner.settle()
        except HarnessError as error:  # said when its turn comes
            owner.failed = error

    def _stands(self, number: int, standing: Standing) -> None:
        owner = self._owners.get(number)
        if owner is not None:
            owner.stands(number, standing)
            if self.count == 1:
                self._show(owner)

    def _stop_unwanted(self, running: Sequence[Running]) -> None:
        for one in running:
            for number in one.unwanted:
                if number in self._owners:
                    self.crew.stop(number)
            one.unwanted.clear()

    def _drop(self, running: Sequence[Running]) -> None:
        """Whoever asked wants no more results."""
        for one in running:
            one.drop()
        self._stop_unwanted(running)

    def _show(self, current: Running, *, last: bool = False) -> None:
        now = time.perf_counter()
        if self._progress is not None and (last or now - self._shown > SHOW_EVERY_S):
            self._shown = now
            self._progress(current.progress())


def check_workers(count: object, *, audit: bool, resume: bool) -> None:
    """How many share a search, and what they cannot be given.

    Raises:
      BadBudget: it is no number of workers.
      NotForWorkers: an audit, or a search that was stopped.
    """
    check_whole("number of workers", count, least=1)
    assert isinstance(count, int)
    if count > WORKERS_MAX:
        raise BadBudget("number of workers", str(count), f"at most {WORKERS_MAX}")
    for what, wanted in {"an audit": audit, "a search that was stopped": resume}.items():
        if wanted:
            raise NotForWorkers(what, "leave one of the two out")


def _check_found(scenario: Scenario, name: str) -> None:
    """That a worker, told this name, finds this scenario.

    Raises:
      NotForWorkers: it would not.
    """
    if scenario.plain:
        raise NotForWorkers(scenario.name, "it is no @harness.scenario that they find in a file")
    try:
        resolve_scenario(name, default_roots())
    except TraceUntrusted as error:
        raise NotForWorkers(scenario.name, str(error)) from None
    here = getattr(scenario.body, "__globals__", {}).get(scenario.name)
    if here is not scenario and import_scenario(name) is not scenario:
        raise NotForWorkers(scenario.name, f"{name} is another scenario")
