"""What a strategy is: a chooser that also knows when there is nothing left to choose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from harness.kernel import Chooser

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.explore.estimate import Remaining
    from harness.kernel import Engine


class Strategy(Chooser, Protocol):
    """Decides run after run. The loop calls `more`, then one run, then `finished`, and so on.

    Optional, and looked for by name: an attribute `draws`, true while the run at hand is drawn at
    random as the others are, so that it counts for what is not seen yet (`estimate.Unseen`); the
    methods of `Measured`; those of `Resumable`; `takes`, of the class: the names of the `SearchOptions`
    that its constructor takes by keyword; `bound_reached`, true when one of those left something out.

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


@runtime_checkable
class Measured(Protocol):
    """An exhaustive strategy that can say how much is left.

    One that walks a tree has the answer from `estimate.remaining_schedules`, given a `Level` for each
    choice on the way to its next run. A strategy that finds out about options only as it goes may
    give the widths known so far: its estimate is then too low rather than too high.
    """

    def remaining(self) -> Remaining | None:
        """Schedules left between two runs; None while nothing can be said."""


@runtime_checkable
class Resumable(Protocol):
    """An exhaustive strategy whose search can be stored, and gone on with elsewhere."""

    def state(self) -> dict[str, Any] | None:
        """Where the search stands, as JSON values. A run that was broken off does not count.

        None where no other interpreter could go on with it.
        """

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from there; called once, on a fresh strategy.

        Raises:
          ValueError, msgspec.ValidationError: these values are nothing that `state` returns.
        """


@runtime_checkable
class Reducing(Protocol):
    """A strategy that takes equivalent interleavings together.

    Its runs are made by an observed kernel, under a free scheduler: that takes in every order that
    Trio's batches allow.

    Attributes:
      classes, redundant, blocked: as in `Result`.
    """

    classes: int
    redundant: int
    blocked: int

    def attach(self, run: Callable[[Chooser], Engine]) -> None:
        """How to run the subject once more, without judging it; called before the first run."""

    def counts(self, engine: Engine) -> bool:
        """Whether the run just made is one of those that were asked for."""
