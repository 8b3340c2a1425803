"""What one interleaving shows: several properties may be violated by the same run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs

from harness.traces import DEFAULT_REDACTOR

if TYPE_CHECKING:
    from harness.explore import Violation

#: How the property of critical state is named, which nobody needs to declare.
USED = "used before its gate"
#: What the message of a property says that was to come true and did not.
LATE = "did not come true"


@attrs.frozen
class Shown:
    """A run that violates properties: the violations, the one that is easiest to read first."""

    violations: tuple[Violation, ...]

    @property
    def lead(self) -> Violation:
        """Whose interleaving is shown."""
        return self.violations[0]


def merged(violations: Sequence[Violation]) -> list[Shown]:
    """Violations of equal runs together, in the order of the first of each."""
    groups: dict[object, list[Violation]] = {}
    for violation in violations:
        groups.setdefault(violation.trace.digest, []).append(violation)
    return [Shown(tuple(sorted(group, key=_weight))) for group in groups.values()]


def _weight(violation: Violation) -> int:
    """What was used comes first; what did not recover, of which a run shows the longest part, last."""
    if violation.property.endswith(USED):
        return 0
    return 2 if LATE in violation.message else 1


def told(shown: Shown) -> list[str]:
    """Each property and what is to be said of it, in lines; of one that says itself all, nothing."""
    lead = shown.lead
    if len(shown.violations) == 1:
        return [] if lead.property.endswith(USED) else _message(lead).split("\n")
    lines = []
    for violation in shown.violations:
        seen = violation.first_seen
        first, *more = _text(violation).split("\n")
        lines += [
            first if seen == lead.first_seen else f"{first} (first at schedule {seen})",
            *more,
        ]
    return lines


def _text(violation: Violation) -> str:
    name = named(violation)
    if name.endswith(USED):
        return name
    message = _message(violation)
    return message if message.startswith(name) else f"{name}: {message}"


def named(violation: Violation) -> str:
    """The property, without secrets."""
    return DEFAULT_REDACTOR.text(violation.property)


def _message(violation: Violation) -> str:
    return DEFAULT_REDACTOR.text(violation.message)
