"""What an operator does to a fleet, one value for each kind of move.

A move names its target and how it is made. What is not said is the careful way: one thing after the
other, as long as each takes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal, Self, TypeAlias, get_args

import msgspec

How = Literal["full-downtime", "rolling", "blue-green"]
Ready = Literal["ready", "started"]

#: Enough for any plan that ends.
RETRIES_MAX = 100
#: Thirty years.
SECONDS_MAX = 1e9
#: Characters. Longer ones were not meant, and would not fit in a line.
NAME_MAX = 200

_Check: TypeAlias = Callable[[str, object], None]


class Move(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    repr_omit_defaults=True,
    tag_field="do",
):
    """What all moves have.

    Attributes:
      overlap: whether the next move begins while this one is under way. Moves on one target are made
        one after the other all the same.
    """

    overlap: bool = False

    def __post_init__(self) -> None:
        for name, check in _checks(type(self)):
            check(name, getattr(self, name))

    @property
    def kind(self) -> str:
        """What it is done to, in a word: the name of the first field, such as "service"."""
        return self.__struct_fields__[0]

    @property
    def target(self) -> str:
        """What it is done to, by its name in the fleet."""
        name: str = getattr(self, self.kind)
        return name

    def __str__(self) -> str:
        """In words: "restart funding, blue-green, overlap"."""
        told = [_told(name, value) for name, value in self.options().items()]
        return ", ".join([f"{self.__struct_config__.tag} {self.target}", *told])

    def options(self) -> dict[str, Any]:
        """What is said beyond the target, by name; defaults are not."""
        defaults = _defaults(type(self)).items()
        said = {name: getattr(self, name) for name, _ in defaults}
        return {name: said[name] for name, default in defaults if said[name] != default}

    def without(self, option: str) -> Self:
        """The same move, as if nobody had said this option."""
        return msgspec.structs.replace(self, **{option: _defaults(type(self))[option]})

    def tree(self) -> dict[str, Any]:
        """The move as plain JSON values."""
        said = {"do": self.__struct_config__.tag, self.kind: getattr(self, self.kind)}
        return said | self.options()


@cache  # asked for each move of each run
def _defaults(kind: type[Move]) -> Mapping[str, Any]:
    fields = msgspec.structs.fields(kind)
    return {field.name: field.default for field in fields if not field.required}


def _told(name: str, value: object) -> str:
    if value is True:
        return name.replace("_", " ")
    if value is False:
        return f"no {name.replace('_', ' ')}"
    if name == "ready":
        return "ready once started" if value == "started" else "ready when it says so"
    if name.endswith("_s"):
        return f"{name[:-2].replace('_', ' ')} {value:g} s"
    return str(value) if name == "how" else f"{name} {value}"


def check_name(what: str, text: object) -> None:
    """`text` is a name that files and traces can hold.

    Raises:
      ValueError: it is not.
    """
    if not isinstance(text, str) or not text.strip() or text != text.strip():
        raise ValueError(f"{what} is a name, not {text!r}")
    if len(text) > NAME_MAX:
        raise ValueError(f"{what} is a name of {len(text)} characters, at most {NAME_MAX}")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError(f"{what} is a name, not {text!r}: half a character stands in it")


def check_seconds(what: str, value: object) -> None:
    """`value` is a number of virtual seconds.

    Raises:
      ValueError: it is not.
    """
    number = isinstance(value, int | float) and type(value) is not bool
    if not number or not 0 <= value <= SECONDS_MAX:  # type: ignore[operator]  # a number
        known = f"a number of seconds, from 0 to {SECONDS_MAX:g}"
        raise ValueError(f"{what} is {known}, not {_short(value)}")


def _check_truth(what: str, value: object) -> None:
    if type(value) is not bool:
        raise ValueError(f"{what} is true or false, not {_short(value)}")


def _short(value: object) -> str:
    """A huge number cannot even be printed."""
    return f"{value.bit_length()} bits" if type(value) is int and value > 1 << 63 else repr(value)


def _check_retries(what: str, value: object) -> None:
    if type(value) is not int or not 0 <= value <= RETRIES_MAX:
        known = f"a whole number from 0 to {RETRIES_MAX}"
        raise ValueError(f"{what} is {known}, not {_short(value)}")


def _check_target(kind: str, name: object) -> None:
    check_name(f"a {kind}", name)


def _check_drain(what: str, value: object) -> None:
    if value is not None:
        check_seconds(what, value)


def _one_of(allowed: tuple[str, ...]) -> _Check:
    def check(what: str, value: object) -> None:
        if value not in allowed:
            raise ValueError(f"{what} is one of {', '.join(allowed)}, not {value!r}")

    return check


#: What the fields of moves may hold, by their names, in the order in which they are looked at.
_CHECKS: dict[str, _Check] = {
    "catch_up": _check_truth,
    "fence": _check_truth,
    "overlap": _check_truth,
    "service": _check_target,
    "node": _check_target,
    "job": _check_target,
    "how": _one_of(get_args(How)),
    "ready": _one_of(get_args(Ready)),
    "drain_s": _check_drain,
    "overlap_s": check_seconds,
    "retries": _check_retries,
    "for_s": check_seconds,
}


@cache
def _checks(kind: type[Move]) -> tuple[tuple[str, _Check], ...]:
    return tuple((name, check) for name, check in _CHECKS.items() if name in kind.__struct_fields__)


class Stop(Move, frozen=True, tag="stop"):
    """Ask every instance of a service to stop, and wait until it has.

    Attributes:
      service: its name in the fleet.
      drain_s: after so many virtual seconds what has not stopped is killed; by default nothing ever is.
    """

    service: str
    drain_s: float | None = None


class Start(Move, frozen=True, tag="start"):
    """Start every instance of a service that is down.

    Attributes:
      service: its name in the fleet.
      ready: the rule by which an instance counts as up: "ready", when it says so itself, or "started",
        as soon as it has been.
      retries: how often an instance is started again that ended before it was ready.
    """

    service: str
    ready: Ready = "ready"
    retries: int = 0


class Restart(Move, frozen=True, tag="restart"):
    """Stop and start a service that is up.

    Attributes:
      service: its name in the fleet.
      how: "full-downtime" stops all instances before any is started; "rolling" takes one instance
        after the other; "blue-green" starts a new instance beside each old one, and stops the old
        ones when the new ones are up.
      ready: as in `start`.
      drain_s: as in `stop`.
      overlap_s: for "blue-green": for how many virtual seconds both run once the new ones are up.
      retries: as in `start`.
    """

    service: str
    how: How = "full-downtime"
    ready: Ready = "ready"
    drain_s: float | None = None
    overlap_s: float = 0.0
    retries: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.overlap_s and self.how != "blue-green":
            raise ValueError(f"overlap_s is for blue-green; {self.how} has no overlap")

    def without(self, option: str) -> Self:
        """The other ways have no overlap in time."""
        careful = msgspec.structs.replace(self, overlap_s=0.0) if option == "how" else self
        return super(Restart, careful).without(option)


class Copy(Move, frozen=True, tag="copy"):
    """Provision a larger node for a database and copy to it; the log is followed from then on.

    Attributes:
      node: the database's name in the fleet.
    """

    node: str


class Promote(Move, frozen=True, tag="promote"):
    """Make the node that was copied to the one that everybody connects to.

    Attributes:
      node: the database's name in the fleet.
      catch_up: only once it has applied everything that the old node has; else at once.
      fence: switch the old node off, so that who was connected to it connects to the new one; else
        they go on there, and both take writes.
    """

    node: str
    catch_up: bool = True
    fence: bool = True


class Run(Move, frozen=True, tag="run"):
    """Do a job that the scenario declares: warm a cache up, migrate rows, open the gates.

    Attributes:
      job: its name in the fleet.
      retries: how often it is done again when it raises.
    """

    job: str
    retries: int = 0


class Pause(Move, frozen=True, tag="pause"):
    """Wait before the next move.

    Attributes:
      for_s: virtual seconds.
    """

    for_s: float

    @property
    def target(self) -> str:
        """For how long."""
        return f"for {self.for_s:g} s"


AnyMove: TypeAlias = Stop | Start | Restart | Copy | Promote | Run | Pause
