"""What a strategy is: a chooser that also knows when there is nothing left to choose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from harness.kernel import Chooser

if TYPE_CHECKING:
    from harness.kernel import Engine


class Strategy(Chooser, Protocol):
    """Decides run after run. The loop calls `more`, then one run, then `finished`, and so on.

    Optional, and looked for by name: an attribute `draws`, true while the run at hand is drawn at
    random.

    Attributes:
      name: as on the command line.
      exhausted: whether every run within the model has been made; never true for a sampler.
    """

    name: str

    @property
    def exhausted(self) -> bool: ...

    def more(self) -> bool:
        """Whether there is another run to make."""

    def finished(self, engine: Engine) -> None:
        """The run is over; its record is still in the engine."""
