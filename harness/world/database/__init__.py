"""The simulated database: PostgreSQL's transactions, locks and log, on nodes that lose power."""

from __future__ import annotations

from harness.world.database.cluster import Standby as Standby
from harness.world.database.database import Database as Database
from harness.world.database.errors import (
    ConnectionLost as ConnectionLost,
    DatabaseError as DatabaseError,
    DeadlockDetected as DeadlockDetected,
    ReadOnlyNode as ReadOnlyNode,
    SerializationFailure as SerializationFailure,
)
from harness.world.database.isolation import Isolation as Isolation
from harness.world.database.node import Node as Node
from harness.world.database.session import Session as Session

__all__ = [
    "ConnectionLost",
    "Database",
    "DatabaseError",
    "DeadlockDetected",
    "Isolation",
    "Node",
    "ReadOnlyNode",
    "SerializationFailure",
    "Session",
    "Standby",
]
