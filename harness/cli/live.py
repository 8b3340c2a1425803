"""Where a search stands: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from harness.reports.estimates import duration, number, probability
from harness.visible import visible

if TYPE_CHECKING:
    from harness.explore import Progress as Search

#: Elsewhere than on a terminal, a line after so many seconds of a search, then after twice as many.
FIRST_LINE_S = 10.0


class Live:
    """The progress of one search at a time; leaves nothing behind on a terminal."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._name = ""
        self._next_line_s = FIRST_LINE_S
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def start(self, name: str) -> None:
        """A search begins."""
        self._name = visible(name)
        self._next_line_s = FIRST_LINE_S
        if not self._out.isatty():
            return
        self._bar = Progress(
            SpinnerColumn("dots" if "utf" in (self._out.encoding or "").lower() else "line"),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[said]}", markup=False),
            TimeElapsedColumn(),
            console=Console(file=self._out),
            transient=True,
        )
        self._task = self._bar.add_task(self._name, total=None, said="")
        self._bar.start()

    def update(self, progress: Search) -> None:
        """It has come this far."""
        self.say(_said(progress), progress.wall_s, *_share(progress))

    def say(self, said: str, wall_s: float, total: float | None = None, done: float = 0.0) -> None:
        """It has come this far, in words, after so many seconds; `done` of `total`, if that is known."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, total=total, completed=done, said=said)
        elif wall_s >= self._next_line_s:
            self._next_line_s *= 2
            self._out.write(f"  ... {self._name}: {said} after {wall_s:.0f} s\n")
            self._out.flush()

    def stop(self) -> None:
        """The search is over: the bar goes."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = self._task = None


def _said(progress: Search) -> str:
    words = f"{progress.schedules} schedules, {progress.rate_per_s:.0f}/s"
    if progress.first_seen is not None:
        words += f", {progress.violations} kinds of failure (first at {progress.first_seen})"
    if progress.remaining is not None:
        left = progress.remaining.likely
        words += f", about {number(left)} left"
        words += f" ({duration(left / progress.rate_per_s)})" if progress.rate_per_s else ""
    if progress.unseen is not None:
        words += f", a new class with p = {probability(progress.unseen.likely)}"
    return words


def _share(progress: Search) -> tuple[float | None, float]:
    """Total and done of whichever limit is nearer."""
    shares = []
    if progress.schedules_max:
        shares.append(progress.schedules / progress.schedules_max)
    if progress.time_budget_s:
        shares.append(progress.wall_s / progress.time_budget_s)
    return (1.0, max(shares)) if shares else (None, 0.0)
