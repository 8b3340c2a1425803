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
    that its constructor takes by keyword; `bound_reached`, true when one of those left something out;
    `set_aside`: how many runs, besides those drawn, are no part of what exhausts the model.

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


class Sampler(Strategy, Protocol):
    """A strategy that draws at random, and can be stored as a part of another."""

    def learnt(self) -> dict[str, Any]:
        """What it has learnt so far and where its streams stand, as JSON values."""

    def relearn(self, learnt: dict[str, Any]) -> None:
        """Go on from there.

        Raises:
          ValueError, msgspec.ValidationError: these values are nothing that `learnt` returns.
        """


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
    """A strategy that takes equivalent interleavings together, or has a part that does.

    Attributes:
      observes: whether the run at hand is one in which they are. It is made by an observed kernel, under
        a free scheduler: that takes in every order that Trio's batches allow.
      classes, redundant, blocked: as in `Result`.
    """

    @property
    def observes(self) -> bool: ...
    @property
    def classes(self) -> int | None: ...
    @property
    def redundant(self) -> int | None: ...
    @property
    def blocked(self) -> int | None: ...

    def attach(self, run: Callable[[Chooser], Engine]) -> None:
        """How to make one more observed run, without judging it; called before the first run."""

    def counts(self, engine: Engine) -> bool:
        """Whether the run just made is one of those that were asked for."""


@runtime_checkable
class Planning(Protocol):
    """A strategy that does one thing or another, according to what it is given.

    Attributes:
      trouble: what went wrong with the reduction so that it was given up, in words; a bug of ours.
    """

    trouble: str

    def plan(self, *, schedules: int | None, time_budget_s: float | None) -> None:
        """The limits, told before the first run and counted from the first of all."""

    def give_up_reducing(self) -> None:
        """A run under a free scheduler failed, and none like it was found under the model."""
