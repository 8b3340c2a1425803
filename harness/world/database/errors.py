"""What the simulated driver raises: the conditions a real driver reports, each with its SQLSTATE.

These belong to the code under test, which may catch and retry them as it would in production.
The classes and codes follow PostgreSQL's appendix A (error codes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence


class DatabaseError(Exception):
    """Any condition that the simulated database reports. `sqlstate` tells them apart."""

    sqlstate = "XX000"


class SerializationFailure(DatabaseError):
    """The transaction could not be fitted into any serial order. Retry it from its beginning."""

    sqlstate = "40001"

    def __init__(self, cause: str) -> None:
        super().__init__(f"could not serialize access due to {cause}")


class DeadlockDetected(DatabaseError):
    """This statement would have closed a circle of waiting transactions. Retry from the start."""

    sqlstate = "40P01"

    def __init__(self, circle: Sequence[str]) -> None:
        super().__init__(f"deadlock detected: {' waits for '.join([*circle, circle[0]])}")


class InFailedTransaction(DatabaseError):
    """An earlier statement of this transaction failed; only a rollback is accepted now."""

    sqlstate = "25P02"

    def __init__(self) -> None:
        super().__init__(
            "current transaction is aborted, commands ignored until end of transaction block"
        )


class NoActiveTransaction(DatabaseError):
    """The transaction has already been committed or rolled back."""

    sqlstate = "25P01"

    def __init__(self, transaction: str) -> None:
        super().__init__(f"{transaction} has ended; begin another")


class ConnectionBusy(DatabaseError):
    """A connection was given a statement while another of its statements waits for a lock."""

    sqlstate = "08P01"

    def __init__(self, transaction: str) -> None:
        super().__init__(
            f"{transaction} is still waiting for its last statement; give each task its own"
        )


class NotNullViolation(DatabaseError):
    """`None` was stored. A missing row is `None`; a present row never is."""

    sqlstate = "23502"

    def __init__(self, key: Hashable) -> None:
        super().__init__(f"null value for key {key!r} violates not-null constraint; use delete")


class ReadOnlyNode(DatabaseError):
    """A write reached a node that takes none: a standby, or an old primary that was fenced."""

    sqlstate = "25006"

    def __init__(self, verb: str, role: str) -> None:
        super().__init__(f"cannot execute {verb} in a read-only transaction: this node is {role}")


class QueryCanceled(DatabaseError):
    """The statement was cancelled while it waited."""

    sqlstate = "57014"

    def __init__(self) -> None:
        super().__init__("canceling statement due to user request")


class ConnectionLost(DatabaseError):
    """The connection dropped. Whether a commit that was under way happened is not known."""

    sqlstate = "08006"

    def __init__(self, node: str) -> None:
        super().__init__(f"connection to {node} lost")
