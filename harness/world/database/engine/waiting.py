"""Statements that wait for other transactions, and the circles such waiting can form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from harness.world.database.engine.transaction import Transaction

Steps: TypeAlias = "Generator[tuple[Transaction, ...], None, Any]"
"""A statement that may wait: yields whom it waits for, returns its result."""


class Waiting:
    """A statement that is blocked. What a verb returns instead of its result.

    When one of those in `by` has ended, `ready` turns true and `on_ready` is called; `resume()`
    then tries again, and either returns the result or this object, if somebody came first.
    Nobody in `by` means that it may go on at once, but that others may come first.
    """

    __slots__ = ("_steps", "by", "on_ready", "ready", "transaction")

    def __init__(self, transaction: Transaction, steps: Steps, by: tuple[Transaction, ...]) -> None:
        self.transaction = transaction
        self.by = by
        self.ready = False
        self.on_ready: Callable[[], None] | None = None
        self._steps = steps

    def resume(self) -> Any:
        """Try again. Returns the statement's result, or this object if it has to go on waiting.

        Raises:
            DatabaseError: what the statement raises.
        """
        return self.transaction.advance(self._steps)

    def cancel(self) -> None:
        """Give the statement up. Its transaction has failed then, as after any error."""
        self.transaction.fail()

    def wait_for(self, by: tuple[Transaction, ...]) -> None:
        """Go on waiting, for others now."""
        self.by = by
        self.ready = False

    def close(self) -> None:
        """Leave every queue."""
        self._steps.close()

    def wake(self) -> None:
        """Say that it is worth trying again."""
        self.ready = True
        if self.on_ready is not None:
            self.on_ready()


def find_circle(start: Transaction, by: tuple[Transaction, ...]) -> list[Transaction] | None:
    """The circle that forms if `start` waits for `by`: from `start`, each waiting for the next."""
    path = [start]
    seen = {start}

    def follow(blockers: tuple[Transaction, ...]) -> bool:
        for blocker in blockers:
            if blocker is start:
                return True
            if blocker in seen or blocker.waiting is None:
                continue
            seen.add(blocker)
            path.append(blocker)
            if follow(blocker.waiting.by):
                return True
            path.pop()
        return False

    return path if follow(by) else None
