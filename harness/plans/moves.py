"""What an operator does to a fleet, one value for each kind of move.

A move names its target and how it is made. What is not said is the careful way: one thing after the
other, as long as each takes.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal, TypeAlias, get_args

import msgspec

How = Literal["full-downtime", "rolling", "blue-green"]
Ready = Literal["ready", "started"]


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
        for name, default in _defaults(type(self)):
            if type(default) is bool:
                _check_truth(name, getattr(self, name))

    @property
    def target(self) -> str:
        """What it is done to."""
        raise NotImplementedError

    def __str__(self) -> str:
        """In words: "restart funding, blue-green, overlap"."""
        told = [_told(name, value) for name, value in self.options().items()]
        return ", ".join([f"{self.__struct_config__.tag} {self.target}", *told])

    def options(self) -> dict[str, Any]:
        """What is said beyond the target, by name; defaults are not."""
        defaults = _defaults(type(self))
        return {
            name: getattr(self, name)
            for name, default in defaults
            if getattr(self, name) != default
        }

    def said_as_default(self) -> list[str]:
        """The names of the options that are as if nobody had said them."""
        return [name for name, default in _defaults(type(self)) if getattr(self, name) == default]


@cache  # asked for each move of each run
def _defaults(kind: type[Move]) -> tuple[tuple[str, Any], ...]:
    fields = msgspec.structs.fields(kind)
    return tuple((field.name, field.default) for field in fields if not field.required)


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


def _check_retries(value: int) -> None:
    if type(value) is not int or not 0 <= value <= RETRIES_MAX:
        raise ValueError(f"retries is a whole number from 0 to {RETRIES_MAX}, not {_short(value)}")


def _check_option(what: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{what} is one of {', '.join(allowed)}, not {value!r}")


#: Enough for any plan that ends.
RETRIES_MAX = 100
#: Thirty years.
SECONDS_MAX = 1e9
#: Characters. Longer ones were not meant, and would not fit in a line.
NAME_MAX = 200


class Stop(Move, frozen=True, tag="stop"):
    """Ask every instance of a service to stop, and wait until it has.

    Attributes:
      service: its name in the fleet.
      drain_s: after so many virtual seconds what has not stopped is killed; by default nothing ever is.
    """

    service: str
    drain_s: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_name("a service", self.service)
        if self.drain_s is not None:
            check_seconds("drain_s", self.drain_s)

    @property
    def target(self) -> str:
        """The service."""
        return self.service


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

    def __post_init__(self) -> None:
        super().__post_init__()
        check_name("a service", self.service)
        _check_option("ready", self.ready, get_args(Ready))
        _check_retries(self.retries)

    @property
    def target(self) -> str:
        """The service."""
        return self.service


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
        check_name("a service", self.service)
        _check_option("how", self.how, get_args(How))
        _check_option("ready", self.ready, get_args(Ready))
        if self.drain_s is not None:
            check_seconds("drain_s", self.drain_s)
        check_seconds("overlap_s", self.overlap_s)
        _check_retries(self.retries)
        if self.overlap_s and self.how != "blue-green":
            raise ValueError(f"overlap_s is for blue-green; {self.how} has no overlap")

    @property
    def target(self) -> str:
        """The service."""
        return self.service


class Copy(Move, frozen=True, tag="copy"):
    """Provision a larger node for a database and copy to it; the log is followed from then on.

    Attributes:
      node: the database's name in the fleet.
    """

    node: str

    def __post_init__(self) -> None:
        super().__post_init__()
        check_name("a node", self.node)

    @property
    def target(self) -> str:
        """The database."""
        return self.node


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

    def __post_init__(self) -> None:
        super().__post_init__()
        check_name("a node", self.node)

    @property
    def target(self) -> str:
        """The database."""
        return self.node


class Run(Move, frozen=True, tag="run"):
    """Do a job that the scenario declares: warm a cache up, migrate rows, open the gates.

    Attributes:
      job: its name in the fleet.
      retries: how often it is done again when it raises.
    """

    job: str
    retries: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_name("a job", self.job)
        _check_retries(self.retries)

    @property
    def target(self) -> str:
        """The job."""
        return self.job


class Pause(Move, frozen=True, tag="pause"):
    """Wait before the next move.

    Attributes:
      for_s: virtual seconds.
    """

    for_s: float

    def __post_init__(self) -> None:
        super().__post_init__()
        check_seconds("for_s", self.for_s)

    @property
    def target(self) -> str:
        """For how long."""
        return f"for {self.for_s:g} s"


AnyMove: TypeAlias = Stop | Start | Restart | Copy | Promote | Run | Pause
