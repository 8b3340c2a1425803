"""What may happen to a process, from its start to its end."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from harness.world.faults.clocks import Clocks
from harness.world.faults.timers import Timers

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.kernel import Engine
    from harness.world.faults.faults import Faults, Offer
    from harness.world.faults.spells import Spell
    from harness.world.incarnation import Incarnation
    from harness.world.process import Process


class Trouble:
    """The faults of processes.

    Attributes:
      clocks: what their clocks show.
    """

    def __init__(self, run: Engine, faults: Faults) -> None:
        self._run = run
        self._faults = faults
        self.clocks = Clocks(run, faults)
        self._pauses: dict[Incarnation, Spell] = {}
        self._timers = Timers(run, faults)
        self._offers: dict[Incarnation, list[Offer]] = {}

    def begin(self, process: Process, life: Incarnation, *, killable: bool) -> None:
        """An incarnation has been started."""
        if process.spared:
            return
        possible: list[tuple[str, Callable[[], None]]] = [
            ("kill", partial(self._kill, process, life)),
            ("cancel", process.ask_to_stop),
            ("slow", partial(self._pause, life)),
            ("jump", partial(self.clocks.jump, life.kernel)),
        ]
        offers = [
            self._faults.offer(kind, life.label, fire)
            for kind, fire in (possible if killable else possible[2:])
        ]
        self._offers[life] = [offer for offer in offers if offer is not None]

    def end(self, life: Incarnation) -> None:
        """It is over, however it came."""
        for offer in self._offers.pop(life, ()):
            offer.withdraw()
        pause = self._pauses.pop(life, None)
        if pause is not None:
            pause.forget()
        self._timers.forget(life.kernel)

    def _pause(self, life: Incarnation) -> None:
        """It takes no step for a while: a long collection of garbage, a machine that was suspended."""
        self._run.hold(life.kernel)
        self._pauses[life] = self._faults.lasts(
            f"{life.label} goes on", partial(self._run.let_go, life.kernel)
        )

    def _kill(self, process: Process, life: Incarnation) -> None:
        for decide in self._run.extensions.get("under way", ()):
            decide(life.kernel)
        process.die(f"kill {life.label}")
