"""`always`: what must hold after every step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.properties.watching import Watched
from harness.world.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.kernel import Engine


class Always(Watched):
    """A safety property. The first step after which it does not hold ends the run."""

    def __init__(
        self,
        run: Engine,
        name: str,
        predicate: Callable[[], bool],
        fail: Callable[[Failure], None],
    ) -> None:
        super().__init__(run, "always", name, predicate)
        self._fail = fail

    def recheck(self) -> None:
        """Ask again; report and stop the run when the answer is no."""
        if self.holds():
            return
        run = self.run
        who = "a fault or the clock" if run.process is None else run.labels[run.current]
        run.note(f"{self.name} does not hold", "violated")
        self._fail(Failure(self.name, f"{self.name}: does not hold after a step of {who}"))
        run.stop()
