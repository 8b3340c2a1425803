"""What a property, a gate, a cost or a history was declared or asked wrongly."""

from __future__ import annotations

from harness.errors.base import HarnessError
from harness.visible import one_line


class PredicateRaised(HarnessError):
    """A property's predicate raised instead of answering."""

    def __init__(self, owner: str, error: BaseException, given: str = "") -> None:
        what = f"{type(error).__name__}: {one_line(error)}"
        super().__init__(
            f"{owner} raised {what}{given and f', given {given}'}; "
            "it must answer True or False whatever the state is"
        )


class PredicateNotBoolean(HarnessError):
    """A property's predicate answered something that is neither True nor False."""

    def __init__(self, owner: str, answer: str, given: str = "") -> None:
        text = f"{owner} answered {answer}{given and f', given {given}'}"
        super().__init__(
            f"{text}; it must answer True or False (a plain function, `bool(...)` where needed)"
        )


class BadCost(HarnessError):
    """The cost of an irreversible effect is not a whole number of at least 0."""

    def __init__(self, effect: str, cost: str) -> None:
        super().__init__(
            f"the cost of {effect!r} is {cost}; it must be a whole number >= 0 "
            "(count in the smallest unit, such as cents)"
        )


class AlreadyCritical(HarnessError):
    """One name was given to two pieces of critical state."""

    def __init__(self, key: str) -> None:
        super().__init__(f"{key!r} is already declared critical; give one of the two another name")


class NotCritical(HarnessError):
    """An effect rests on a key that was never declared critical."""

    def __init__(self, key: str, known: tuple[str, ...]) -> None:
        listed = ", ".join(known) or "none"
        super().__init__(f"{key!r} is not declared critical (declared: {listed})")


class PredicateReadsNothing(HarnessError):
    """A property's predicate read nothing that the harness can see changing."""

    def __init__(self, owner: str) -> None:
        super().__init__(
            f"{owner} reads nothing that the harness sees, so it would never be asked again; "
            "let it look at the world with peek (database.peek(key), flag.peek(), cell.peek())"
        )


class PredicateTouchedWorld(HarnessError):
    """A property's predicate did more than look."""

    def __init__(self, owner: str) -> None:
        super().__init__(
            f"{owner} read or wrote the world as a task does; a predicate only looks: "
            "use peek (database.peek(key), flag.peek(), cell.peek())"
        )


class GateComparesNothing(HarnessError):
    """A gate was given neither a reference nor a check of its own."""

    def __init__(self, gate: str) -> None:
        super().__init__(
            f"the gate {gate!r} compares with nothing: say reference=... (what the value is "
            "compared with) or check=... (a function of the value), or both"
        )


class BadDeadline(HarnessError):
    """The time within which something must come true is no finite number of at least 0."""

    def __init__(self, name: str, within_s: str) -> None:
        super().__init__(
            f"{name!r} must come true within_s={within_s}; give virtual seconds, a number >= 0"
        )


class CriticalMisdeclared(HarnessError):
    """Critical state was declared without a predicate, or with an option that there is not."""

    def __init__(self, key: str, what: str) -> None:
        super().__init__(
            f"critical state {key!r} {what}; declare it as critical(key, valid=lambda old, new: ...), "
            "with allow_missing=True or name=... where needed"
        )


class HistoryMisused(HarnessError):
    """A history was declared or recorded in a way that nothing can be said of it."""

    def __init__(self, name: str, what: str) -> None:
        super().__init__(f"history {name!r}: {what}")


class SpecificationFailed(HarnessError):
    """A sequential specification cannot be applied."""

    def __init__(self, specification: str, call: str, what: str) -> None:
        super().__init__(
            f"the specification {specification} has no answer to {one_line(call)}: {one_line(what)}"
        )


class SpecificationMisdeclared(HarnessError):
    """Something about a sequential specification is wrong before anything is applied to it."""

    def __init__(self, specification: str, what: str) -> None:
        super().__init__(f"the specification {specification}: {one_line(what)}")
