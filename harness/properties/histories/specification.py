"""What a shared object would do if its operations came one after another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from harness.errors import (
    HarnessError,
    NeverAnswered,
    SpecificationFailed,
    SpecificationMisdeclared,
)
from harness.kernel import answer
from harness.properties.histories.operation import ANY, UNTOLD
from harness.properties.validity import FROM_OUTSIDE
from harness.visible import one_line

if TYPE_CHECKING:
    from collections.abc import Hashable

    from harness.properties.histories.operation import Operation


class Specification(Protocol):
    """A sequential specification. Any object with these two will do.

    Attributes:
      initial: the state before the first operation. States are hashable values, such as tuples.
    """

    @property
    def initial(self) -> Any:
        """The state before the first operation."""

    def apply(self, state: Any, operation: Operation) -> tuple[Any, Any]:
        """The state after `operation`, and what it returns; `ANY` where that is left open.

        Must be a pure function. `operation.name` and `operation.arguments` say what is called.
        """


class Partitioned(Specification, Protocol):
    """A specification with a `key` is one of parts that know nothing of each other, such as the keys of a map.

    Such a history is linearizable exactly if what concerns each part is (Herlihy and Wing 1990, theorem
    1), and so much smaller histories are checked (Horn and Kroening, "Faster linearizability checking
    via P-compositionality", FORTE 2015).
    """

    def key(self, operation: Operation) -> Hashable:
        """The one part that `operation` reads and writes."""


def apply(specification: Specification, state: Any, operation: Operation) -> tuple[Any, Any]:
    """One application, with errors that name what was applied.

    Raises:
      SpecificationFailed: it raised, or answered something else than a pair.
    """
    try:
        after, result = answer(specification.apply, state, operation)
    except NeverAnswered as error:
        name = type(specification).__name__
        raise SpecificationFailed(name, operation.call, str(error)) from None
    except (HarnessError, *FROM_OUTSIDE):
        raise
    except BaseException as error:
        raise failed(specification, operation, error) from error
    return after, result


def failed(
    specification: Specification, operation: Operation, error: BaseException
) -> SpecificationFailed:
    """What the specification raised, or a value of its own (`__eq__`), with what was applied."""
    what = f"{type(error).__name__}: {one_line(error)}"
    if isinstance(error, TypeError) and "unhashable" in what:
        what = "its state is not hashable; say a value that nobody changes, such as a tuple"
    return SpecificationFailed(type(specification).__name__, operation.call, what)


def initial_of(specification: Specification) -> Any:
    """The state before the first operation.

    Raises:
      SpecificationMisdeclared: there is none that could be compared.
    """
    name = type(specification).__name__
    try:
        initial = specification.initial
        hash(initial)
    except (HarnessError, *FROM_OUTSIDE):
        raise
    except TypeError:
        what = "its initial state is not hashable; say a value that nobody changes, such as a tuple"
        raise SpecificationMisdeclared(name, what) from None
    except BaseException as error:
        what = f"its initial state raises {type(error).__name__}: {one_line(error)}"
        raise SpecificationMisdeclared(name, what) from error
    return initial


def agrees(expected: Any, told: Any) -> bool:
    """Whether a result that was `told` is the `expected` one."""
    return expected is ANY or told is UNTOLD or bool(expected == told)


def key_of(specification: Specification, operation: Operation) -> Hashable:
    """The part that an operation concerns; None if there is only one.

    Raises:
      SpecificationFailed: it does not say, or nothing that can be compared.
    """
    key = getattr(specification, "key", None)
    if key is None:
        return None
    try:
        part: Hashable = answer(key, operation)
        hash(part)
    except (HarnessError, *FROM_OUTSIDE):
        raise
    except BaseException as error:
        raise failed(specification, operation, error) from error
    return part
