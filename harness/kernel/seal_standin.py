"""Stand-ins: what is found in place of an entry point to the real world, and which seal it asks.

A stand-in is made once for the life of the interpreter and asks, at every call, whether a seal is in
force for the calling code. So a module that was imported in the middle of an exploration, and so kept
a stand-in for good, still works afterwards and in the next exploration.
"""

from __future__ import annotations

import functools
import threading
from types import FunctionType
from typing import TYPE_CHECKING, Any, Protocol

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

#: Flag of a type that may be subclassed (Py_TPFLAGS_BASETYPE).
_BASETYPE = 1 << 10

#: Functions that take no argument at all.
_CLOCKS = frozenset(
    f"time.{clock}{unit}"
    for clock in ("time", "monotonic", "perf_counter", "process_time", "thread_time")
    for unit in ("", "_ns")
)

_lock = threading.Lock()


class ActiveSeal(Protocol):
    """What a stand-in asks of a seal. A rule is called with (seal, the original, *args, **kwargs)."""

    inside: Callable[[], bool]
    rules: dict[str, Callable[..., Any]]


def _never() -> bool:
    return False


# Newest first: of nested seals the inner one answers.
_active: tuple[ActiveSeal, ...] = ()

# Whether the calling code is inside a step of any active seal. With one seal it is that seal's own
# test: outside a step, asking it is all that a stand-in costs. Both are replaced, never changed, so
# that a reader in another thread needs no lock.
_inside: Callable[[], bool] = _never


def activate(seal: ActiveSeal) -> None:
    """From now on stand-ins ask this seal first."""
    with _lock:
        _set_active((seal, *_active))


def deactivate(seal: ActiveSeal) -> None:
    """Undo one `activate`."""
    with _lock:
        seals = list(_active)
        seals.remove(seal)
        _set_active(tuple(seals))


def _set_active(seals: tuple[ActiveSeal, ...]) -> None:
    global _active, _inside  # noqa: PLW0603  # the switch that all stand-ins read
    _active = seals
    tests = [seal.inside for seal in seals]
    if len(tests) <= 1:
        _inside = tests[0] if tests else _never
    else:
        _inside = lambda: any(test() for test in tests)  # noqa: E731  # one of three assignments


def sealing() -> Any:
    """The seal in force for the calling code, or None: the innermost whose step this is."""
    if _inside():
        for seal in _active:
            if seal.inside():
                return seal
    return None


@attrs.define(eq=False)
class EntryPoint:
    """One replaceable attribute.

    Attributes:
      label: the dotted path; the key of its rule.
      owner: the module, class, object or dict that holds it.
      name: its name there.
      pristine: what stood there when the entry point was first met.
      beneath: what calls from outside a step reach: whatever the stand-in covers at present.
      stand_in: what stands there while a seal is in force.
    """

    label: str
    owner: Any
    name: Any
    pristine: Any
    beneath: Any
    stand_in: Any = None


# ---- functions and methods -----------------------------------------------------------------------


class _Builtin(staticmethod):  # type: ignore[type-arg]  # its parameters mean nothing here
    """A stand-in for a C function: as an attribute of a class it does not bind, and it pickles."""

    def __reduce__(self) -> str:
        return str(self.__name__)


def _ruled(entry: EntryPoint, *args: Any, **kwargs: Any) -> Any:
    seal = sealing()
    rule = None if seal is None else seal.rules.get(entry.label)
    if rule is None:
        return entry.beneath(*args, **kwargs)
    return rule(seal, entry.beneath, *args, **kwargs)


def function_stand_in(entry: EntryPoint) -> Any:
    """A stand-in for a function, or for a method that is to be replaced in its class."""

    def call(*args: Any, **kwargs: Any) -> Any:
        if _inside():
            return _ruled(entry, *args, **kwargs)
        return entry.beneath(*args, **kwargs)

    def clock() -> Any:  # the same without arguments: clocks are asked often, by everybody
        if _inside():
            return _ruled(entry)
        return entry.beneath()

    if entry.label in _CLOCKS:
        call = clock
    functools.update_wrapper(call, entry.pristine)
    is_python = isinstance(entry.pristine, FunctionType)
    return call if is_python or isinstance(entry.owner, type) else _Builtin(call)


# ---- classes -------------------------------------------------------------------------------------


class StandInType(type):
    """The type of stand-ins for classes: nobody can tell them from the original but by `is`.

    Subclasses made of a stand-in are ordinary classes.
    """

    def _original(cls) -> Any:
        """The class stood in for, or None for a subclass of a stand-in."""
        return vars(cls).get("_stands_for")

    def __instancecheck__(cls, instance: object) -> bool:
        original = cls._original()
        return (
            super().__instancecheck__(instance)
            if original is None
            else isinstance(instance, original)
        )

    def __subclasscheck__(cls, subclass: type) -> bool:
        original = cls._original()
        if original is None:
            return super().__subclasscheck__(subclass)
        return subclass is cls or issubclass(subclass, original)

    def __eq__(cls, other: object) -> bool:
        return other is cls or (other is not None and other is cls._original())

    def __hash__(cls) -> int:
        return hash(cls._original() or super().__hash__())

    def __repr__(cls) -> str:
        return repr(cls._original() or super().__repr__())


class ClosedStandIn(StandInType):
    """The type of stand-ins for classes that cannot be subclassed, such as `select.epoll`."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """What looks like making an instance: the original does it, or the rule decides."""
        original = cls._original()
        seal = sealing()
        rule = None if seal is None else seal.rules.get(vars(cls)["_label"])
        return original(*args, **kwargs) if rule is None else rule(seal, original, *args, **kwargs)

    def __getattr__(cls, name: str) -> Any:
        return getattr(vars(cls)["_stands_for"], name)


def closed_stand_in(label: str, original: type) -> Any:
    """A stand-in for a class that cannot be subclassed; calling it is ruled by `label`."""
    names = {"_stands_for": original, "_label": label, "__module__": original.__module__}
    return ClosedStandIn(original.__name__, (), names)


def is_closed(original: type) -> bool:
    """Whether a class cannot be subclassed, so that its name may lead to something else."""
    return not original.__flags__ & _BASETYPE
