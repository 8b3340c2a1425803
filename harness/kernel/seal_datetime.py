"""Stand-ins for the classes of `datetime`, whose methods cannot be replaced one by one.

`datetime.datetime.now` belongs to an immutable type, and changing that type's slots would change it for
everybody. So while a seal is in force the names `datetime.datetime` and `datetime.date` (in the module,
and in the modules of the user that took them early) lead to a subclass that nobody can tell from the
original but by `is`: it makes instances of the original, never of itself, so that what it made is
at home everywhere afterwards; it compares equal to the original, and hashes like it, so that a dict
of types finds it; `isinstance` and `issubclass` ask the original.

What is left: `type(value) is datetime` inside a sealed module (write `isinstance`), and libraries that
look at annotations for the first time during an exploration and compare types by identity. msgspec
does; its structures in the user's modules are therefore made to look beforehand.
"""

from __future__ import annotations

import contextlib
import copyreg
import datetime as dt
from typing import TYPE_CHECKING, Any, Self

import msgspec

from harness.kernel.seal_standin import EntryPoint, StandInType, sealing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import tzinfo
    from types import ModuleType

_RealDatetime = dt.datetime
_RealDate = dt.date
_UTC = dt.UTC


class _Datetime(_RealDatetime, metaclass=StandInType):
    """Stands in for `datetime.datetime`."""

    _stands_for = _RealDatetime

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        if cls._original() is not None:
            return _RealDatetime(*args, **kwargs)  # type: ignore[return-value]  # see above
        return super().__new__(cls, *args, **kwargs)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        seal = sealing()
        if seal is None:
            return _RealDatetime.now(tz) if cls is _Datetime else super().now(tz)
        moment = super().fromtimestamp(seal.wall_s(), tz or _UTC)
        return moment if tz is not None else moment.replace(tzinfo=None)

    @classmethod
    def utcnow(cls) -> Any:
        return super().utcnow() if sealing() is None else cls.now()

    @classmethod
    def today(cls) -> Any:
        return super().today() if sealing() is None else cls.now()

    @classmethod
    def fromtimestamp(cls, timestamp: float, tz: tzinfo | None = None) -> Any:
        if tz is not None or sealing() is None:
            return super().fromtimestamp(timestamp, tz)
        return super().fromtimestamp(timestamp, _UTC).replace(tzinfo=None)


class _Date(_RealDate, metaclass=StandInType):
    """Stands in for `datetime.date`."""

    _stands_for = _RealDate

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        if cls._original() is not None:
            return _RealDate(*args, **kwargs)  # type: ignore[return-value]  # see above
        return super().__new__(cls, *args, **kwargs)

    @classmethod
    def today(cls) -> Any:
        seal = sealing()
        return super().today() if seal is None else cls.fromtimestamp(seal.wall_s())

    @classmethod
    def fromtimestamp(cls, timestamp: float) -> Any:
        if sealing() is None:
            return super().fromtimestamp(timestamp)
        day = _RealDatetime.fromtimestamp(timestamp, _UTC)
        return cls(day.year, day.month, day.day)


for _stand_in in (_Datetime, _Date):
    # Pickled by name, the stand-in is the original; and the name must lead to what is pickled.
    _stand_in.__module__ = "datetime"
    _stand_in.__name__ = _stand_in.__qualname__ = _stand_in._stands_for.__name__
    _stand_in.__doc__ = _stand_in._stands_for.__doc__


def _reduced_as(stand_in: type) -> Callable[[Any], Any]:
    """Pickling of the original's instances, while the original cannot be found by its name."""

    def reduce(value: Any) -> Any:
        return (stand_in, *value.__reduce_ex__(4)[1:])

    return reduce


def _entry(label: str, owner: Any, name: Any, pristine: Any, stand_in: Any) -> EntryPoint:
    return EntryPoint(label, owner, name, pristine, pristine, stand_in)


_PICKLERS = copyreg.dispatch_table


def resolve_annotations(modules: Iterable[ModuleType]) -> None:
    """Let the msgspec structures of these modules look up their annotations now, not under a seal."""
    for module in modules:
        for value in list(vars(module).values()):
            if isinstance(value, type) and issubclass(value, msgspec.Struct):
                with contextlib.suppress(Exception):  # that it misses fields is no concern here
                    msgspec.convert({}, value)


#: The places where the classes of `datetime` are found, with what stands in for them.
DATETIME_ENTRY_POINTS = (
    _entry("datetime.datetime", dt, "datetime", _RealDatetime, _Datetime),
    _entry("datetime.date", dt, "date", _RealDate, _Date),
    _entry("pickling of datetime", _PICKLERS, _RealDatetime, None, _reduced_as(_Datetime)),
    _entry("pickling of date", _PICKLERS, _RealDate, None, _reduced_as(_Date)),
)
