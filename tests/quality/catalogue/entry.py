"""What an entry of the catalogue is."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable

import attrs

import harness

Body = Callable[[harness.World], Awaitable[None]]


@attrs.frozen
class Entry:
    """A service that goes wrong when a fault strikes it, and only then.

    Attributes:
      kind: of the fault, which may strike once.
      bug: what is wrong with the service, in a line.
      scenario: it.
      faults: what may strike; more than one kind where the fault needs another one to show.
    """

    kind: str
    bug: str
    scenario: harness.Scenario
    faults: dict[str, int]

    @property
    def without(self) -> dict[str, int]:
        """The faults without the one in question."""
        return {kind: budget for kind, budget in self.faults.items() if kind != self.kind}


def broken_by(kind: str, **others: int) -> Callable[[Body], Entry]:
    """Make an entry of a scenario; the first line of its docstring says what is wrong."""

    def decorate(body: Body) -> Entry:
        # Time passes only when everything waits: whatever comes at the wrong time is a fault's doing.
        made = harness.scenario(time_model=harness.bounded(stall_s=0))(body)
        bug = (inspect.getdoc(body) or "").partition("\n")[0]
        return Entry(kind, bug, made, {kind: 1, **others})

    return decorate
