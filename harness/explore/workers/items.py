"""What passes between a search and those who work for it: names and JSON, nothing else.

An item says all there is to know to do it, so that any worker can, on any machine that has the project;
it comes back as a part, which says what became of it. An item that is done again, by whomever, becomes
the same part.
"""

from __future__ import annotations

import json
from typing import Any, TypeVar

import msgspec

from harness.explore.asked import Asked
from harness.explore.conclude import Ending
from harness.explore.decide import Decision
from harness.explore.saved import SavedScorecard, Witness
from harness.explore.strategies.shares import Part as PortfolioPart
from harness.traces import Trace
from harness.world.failure import Failure

_T = TypeVar("_T")


class _Data(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Kind(_Data, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kind of failure, with the schedule that showed it first; see `found.Kind`."""

    failure: Failure
    fingerprint: str
    first_seen: int
    seen: int
    stuck: bool
    witness: Witness


class Piece(_Data, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So much of a search.

    Attributes:
      schedules: at most so many.
      seconds: at most so long, by the clock on the wall.
      seed: of the strategy. What the code under test draws goes by the seed of the whole search.
      part: of a portfolio, who takes turns.
      before: how many schedules lie before these, as far as is known: some numbers are run twice.
      state: of the strategy, to go on from; None: it begins.
      handed_on: whether somebody will go on from where this ends.
      known: fingerprints that are no news, and end nothing.
      announced: whether to tell of every schedule that is over, because one of them may be the last.
    """

    schedules: int | None = None
    seconds: float | None = None
    seed: int = 0
    part: PortfolioPart = "whole"
    before: int = 0
    state: dict[str, Any] | None = None
    handed_on: bool = False
    stop_at_first: bool = False
    known: tuple[str, ...] = ()
    announced: bool = False


class Item(_Data, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something to do: a piece of a search, or to show a failure that was found.

    Attributes:
      number: by which the part names it.
      scenario: "path/below/a/root.py::name", or "package.module:name".
      shown: the failure to be shown; then `piece` is None.
      shrink: whether its schedule is to be made small.
    """

    number: int
    scenario: str
    asked: Asked
    piece: Piece | None = None
    shown: Kind | None = None
    shrink: bool = False


class Part(_Data, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a piece of a search has come to; counts as in `Found`.

    Attributes:
      classes: those of schedules drawn at random: hash, and number of schedules.
      state: of the strategy, if somebody can go on from there and there is more to do.
    """

    ending: Ending
    schedules: int = 0
    sampled: int = 0
    steps: int = 0
    cut: int = 0
    cut_where: str = ""
    undecided: dict[str, int] = {}
    reached: dict[str, bool] = {}
    faults: dict[str, dict[str, int]] = {}
    scorecard: SavedScorecard
    classes: tuple[tuple[int, int], ...] = ()
    kinds: tuple[Kind, ...] = ()
    state: dict[str, Any] | None = None
    interrupted: bool = False


class Shown(_Data, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A failure, shown: the fields of a `Violation` that its kind does not say."""

    message: str
    trace: Trace
    under_trio: bool | None
    decided_by: Decision | None
    shrunk_from: int | None


class Broken(_Data, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An item that could not be done, whoever does it: what to say, and the exit code."""

    text: str
    exit_code: int


class Standing(_Data, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far a piece has come: schedules, kinds of failure."""

    schedules: int = 0
    violations: int = 0


class Message(_Data, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line between the two: one of these.

    Attributes:
      do: an item, to a worker.
      stop: an item that is to end after the schedule at hand, to a worker.
      number: of the item that the rest is about, from a worker.
      warned: what Python warns of, where it is not the fault of how a run ends: text, file, line.
      ready: whether the worker waits for its first item.
    """

    do: Item | None = None
    stop: int | None = None
    number: int = -1
    part: Part | None = None
    shown: Shown | None = None
    broken: Broken | None = None
    standing: Standing | None = None
    warned: tuple[str, str, int] | None = None
    ready: bool = False


def to_line(message: Message) -> bytes:
    """As one line of JSON. Values that JSON has, whatever their size: `msgspec` has fewer."""
    return json.dumps(_plain(message), separators=(",", ":")).encode() + b"\n"


def _plain(message: Message) -> Any:
    return msgspec.to_builtins(message, order=None)


def from_line(line: bytes, kind: type[_T]) -> _T:
    """What a line says.

    Raises:
      msgspec.ValidationError, ValueError: nothing of the kind.
    """
    return msgspec.convert(json.loads(line), kind)
