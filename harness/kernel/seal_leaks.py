"""Calls that reach the real thing past a seal, caught in the act.

Looking at modules cannot find everything. But the interpreter's profiler is told of every call of a C
function, under whatever name it was bound, and the clocks and generators are C functions. It makes a
run several times slower, so it is for one run out of many: the one that is checked for determinism, or
the one that diverged.
"""

from __future__ import annotations

import datetime as dt
import random
import sys
from typing import TYPE_CHECKING, Any, Self

import attrs

from harness.kernel import seal_entry
from harness.kernel.seal_virtual import VIRTUAL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import CodeType, FrameType, TracebackType

_CLOCK_METHODS = ("now", "utcnow", "today")
_GENERATOR_METHODS = ("random", "getrandbits")
_OURS = "harness.kernel.seal"


@attrs.frozen
class Leak:
    """A place in the code under test that reached the real world.

    Attributes:
      call: what was called, such as "time.time".
      file: the source file of the caller.
      line: the line of the call in it.
      function: the name of the calling function.
    """

    call: str
    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{self.call} was called for real at {self.file}:{self.line} in {self.function}"


class LeakDetector:
    """Context manager: notes the real clock and real randomness being asked from inside a step.

    Works for the thread that enters it, beside a seal that is in force. Not for use together with
    another profiler, which it sets aside for the duration.

    Args:
      inside: whether the calling thread is running code of a simulated step.
      suspects: further C functions to watch, by the name to report them under: `{"id": id}` when a
        run has diverged and nothing else explains it.
    """

    def __init__(
        self, inside: Callable[[], bool], suspects: Mapping[str, Callable[..., Any]] | None = None
    ) -> None:
        self._inside = inside
        self._found: dict[tuple[CodeType, int, str], Leak] = {}
        entries = map(seal_entry.entry_point, VIRTUAL)
        self._watched = {id(entry.pristine): entry.label for entry in entries if entry is not None}
        for name, function in (suspects or {}).items():
            self._watched[id(function)] = name
        self._suspects = tuple((suspects or {}).values())  # alive, or their ids mean nothing
        self._previous: Any = None

    @property
    def leaks(self) -> list[Leak]:
        """What was found, each place once, in order of the first call."""
        return list(self._found.values())

    def __enter__(self) -> Self:
        self._previous = sys.getprofile()
        if self._can_put_back():
            sys.setprofile(self._see)
        return self

    def _can_put_back(self) -> bool:
        """Whether a profiler that is at work could be set again: cProfile's is not a function.

        It came first; then nothing is seen rather than its figures being lost.
        """
        return self._previous is None or callable(self._previous)

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._can_put_back():
            sys.setprofile(self._previous)

    def _see(self, frame: FrameType, event: str, called: Any) -> None:
        if event != "c_call":
            return
        label = self._watched.get(id(called)) or _bound_method(called)
        if label is None or not self._inside():
            return
        if str(frame.f_globals.get("__name__")).startswith(_OURS):
            return  # a rule at work
        key = (frame.f_code, frame.f_lineno, label)
        code = frame.f_code
        self._found.setdefault(key, Leak(label, code.co_filename, frame.f_lineno, code.co_name))


def _bound_method(called: Any) -> str | None:
    """The name of a method that asks the real clock, or the generator that all share."""
    name, owner = called.__name__, called.__self__
    if name in _CLOCK_METHODS and isinstance(owner, type) and issubclass(owner, dt.date):
        return f"datetime.{owner.__name__}.{name}"
    if name in _GENERATOR_METHODS and owner is random._inst:
        return f"random.{name}"
    return None
