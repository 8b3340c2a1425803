"""Part of a history as a person reads it: who, what, what came of it, and when.

One line for each operation, in the order of invocations. Time goes to the right, one column for each
invocation or answer that is shown; a bar without an end is an operation that was never answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.properties.histories.operation import Operation
    from harness.properties.histories.smallest import Smallest

#: Operations shown of one history.
LINES_MAX = 20


def table(found: Smallest) -> list[str]:
    """The lines of it."""
    operations = found.operations
    shown = operations[:LINES_MAX]
    bars = _bars(shown)
    needed = {operation.invoked for operation in found.needed}
    rows = [
        (
            operation.client,
            operation.call,
            operation.outcome,
            bar,
            f"{_steps(operation)}{' (whenever it took effect)' * (operation.invoked in needed)}",
        )
        for operation, bar in zip(shown, bars, strict=True)
    ]
    lines = columns(rows)
    if len(operations) > len(shown):
        lines.append(f"... {len(operations) - len(shown)} more")
    return lines


def columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows in aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _bars(operations: Sequence[Operation]) -> list[str]:
    events = sorted(
        event
        for operation in operations
        for event in (operation.invoked, operation.returned)
        if event is not None
    )
    at = {event: place for place, event in enumerate(events)}
    end = len(events)
    bars = []
    for operation in operations:
        start = at[operation.invoked]
        if operation.returned is None:
            bars.append(f"{'  ' * start}|{'--' * (end - start - 1)}->")
        else:
            stop = at[operation.returned]
            bars.append(f"{'  ' * start}|{'--' * (stop - start - 1)}-|")
    return bars


def _steps(operation: Operation) -> str:
    invoked, returned = operation.steps
    return f"steps {invoked} to {returned}" if returned is not None else f"from step {invoked}"
