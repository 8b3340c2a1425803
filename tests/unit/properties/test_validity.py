"""The user's predicate and what is said when it does not answer."""

from __future__ import annotations

from typing import Any

import pytest

from harness.errors import PredicateNotBoolean, PredicateRaised
from harness.properties.validity import Validity


def test_missing_values_never_reach_the_predicate() -> None:
    """A predicate over numbers need not know about None."""

    def never(old: Any, new: Any) -> bool:
        raise AssertionError((old, new))

    strict, lenient = Validity("BTC", never), Validity("BTC", never, allow_missing=True)

    assert strict(None, 5)
    assert strict(None, None)
    assert not strict(5, None)
    assert lenient(5, None)


def test_a_predicate_that_raises_is_named_with_what_it_was_asked() -> None:
    """One line says whose predicate it was, what it raised and on which values."""
    judge = Validity("BTC", lambda old, new: old / new < 2)

    with pytest.raises(PredicateRaised) as raised:
        judge(5, 0)

    text = str(raised.value)
    assert "'BTC' raised ZeroDivisionError: division by zero, given old=5, new=0;" in text
    assert "\n" not in text


@pytest.mark.parametrize("answer", [None, 1, "yes"])
def test_an_answer_that_is_not_a_boolean_is_refused(answer: object) -> None:
    """A forgotten `return` must not make every value corrupt, nor a truthy text every one valid."""
    judge = Validity("BTC", lambda _old, _new: answer)  # type: ignore[arg-type,return-value]

    with pytest.raises(PredicateNotBoolean, match="given old=5, new=6"):
        judge(5, 6)


def test_an_async_predicate_is_refused() -> None:
    """It answers a coroutine, which is always true; and Python has nothing to warn about."""

    async def judge(old: int, new: int) -> bool:
        return old == new

    with pytest.raises(PredicateNotBoolean, match="coroutine"):
        Validity("BTC", judge)(5, 6)  # type: ignore[arg-type]
