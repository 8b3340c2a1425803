"""Is a new value of critical state believable, given the last one that was?"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from harness.errors import PredicateNotBoolean, PredicateRaised
from harness.properties.texts import brief

#: `predicate(old, new)`: may `new` follow `old`? It is only asked about present values.
Predicate = Callable[[Any, Any], bool]


class Validity:
    """The user's predicate over (old, new), with the rules for missing values around it.

    Missing (None) is not zero and is never shown to the predicate: a value that disappears is
    corrupt unless `allow_missing`; while there has been no value yet, anything may come first.

    Raises:
      PredicateRaised, PredicateNotBoolean: when asked, and the predicate does not answer.
    """

    __slots__ = ("_predicate", "allow_missing", "key")

    def __init__(self, key: str, predicate: Predicate, *, allow_missing: bool = False) -> None:
        if not callable(predicate):
            raise PredicateNotBoolean(_owner(key), brief(predicate))
        self.key = key
        self.allow_missing = allow_missing
        self._predicate = predicate

    def __call__(self, old: object, new: object) -> bool:
        """Whether `new` may follow `old`, where `old` is the last valid value (None: none yet)."""
        if old is None:
            return True
        if new is None:
            return self.allow_missing
        try:
            answer: object = self._predicate(old, new)
        except Exception as error:
            raise PredicateRaised(_owner(self.key), error, _given(old, new)) from error
        if answer is True or answer is False:
            return answer
        if inspect.iscoroutine(answer):
            answer.close()  # otherwise Python warns that it was never awaited
        raise PredicateNotBoolean(_owner(self.key), brief(answer), _given(old, new))


def _owner(key: str) -> str:
    return f"the validity predicate of {key!r}"


def _given(old: object, new: object) -> str:
    return f"old={brief(old)}, new={brief(new)}"
