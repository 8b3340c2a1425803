"""Is a new value of critical state believable, given the last one that was?"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from harness.errors import (
    HarnessError,
    PredicateNotBoolean,
    PredicateRaised,
    StepNeverYielded,
)
from harness.kernel import answer as answer_of
from harness.properties.texts import brief

#: `predicate(old, new)`: may `new` follow `old`? It is only asked about present values.
Predicate = Callable[[Any, Any], bool]


#: Told every error before it is raised within code under test, which may swallow it.
Refused = Callable[[HarnessError], HarnessError]


#: What a predicate is interrupted by; whatever else it raises, `SystemExit` too, is its own.
FROM_OUTSIDE = (KeyboardInterrupt, StepNeverYielded)


def raise_it(error: HarnessError) -> HarnessError:
    """Nobody else need know."""
    return error


class Validity:
    """The user's predicate over (old, new), with the rules for missing values around it.

    Missing (None) is not zero and is never shown to the predicate: a value that disappears is
    corrupt unless `allow_missing`; while there has been no value yet, anything may come first.

    Raises:
      PredicateRaised, PredicateNotBoolean: when asked, and the predicate does not answer.
    """

    __slots__ = ("_predicate", "_refused", "allow_missing", "key")

    def __init__(
        self,
        key: str,
        predicate: Predicate,
        *,
        allow_missing: bool = False,
        refused: Refused = raise_it,
    ) -> None:
        self.key = key
        self.allow_missing = allow_missing
        self._predicate = predicate
        self._refused = refused

    def __call__(self, old: object, new: object) -> bool:
        """Whether `new` may follow `old`, where `old` is the last valid value (None: none yet)."""
        if old is None:
            return True
        if new is None:
            return self.allow_missing
        try:
            answer: object = answer_of(self._predicate, old, new)
        except FROM_OUTSIDE:
            raise
        except BaseException as error:
            raise self._refused(
                PredicateRaised(_owner(self.key), error, _given(old, new))
            ) from error
        if answer is True or answer is False:
            return answer
        raise self._refused(_not_boolean(answer, _owner(self.key), _given(old, new)))


def ask(
    owner: str, predicate: Callable[..., object], *values: object, refused: Refused = raise_it
) -> bool:
    """The predicate's answer about `values`; `owner` is whose predicate it is, for messages.

    Raises:
      PredicateRaised, PredicateNotBoolean: it does not answer.
    """
    given = ", ".join(map(brief, values))
    try:
        answer = answer_of(predicate, *values)
    except FROM_OUTSIDE:
        raise
    except BaseException as error:
        raise refused(PredicateRaised(owner, error, given)) from error
    if answer is True or answer is False:
        return answer
    raise refused(_not_boolean(answer, owner, given))


def _not_boolean(answer: object, owner: str, given: str) -> PredicateNotBoolean:
    """The error for an answer that is neither True nor False."""
    text = brief(answer)
    if inspect.iscoroutine(answer):
        answer.close()  # otherwise Python warns that it was never awaited
    return PredicateNotBoolean(owner, text, given)


def _owner(key: str) -> str:
    return f"the validity predicate of {key!r}"


def _given(old: object, new: object) -> str:
    return f"old={brief(old)}, new={brief(new)}"
