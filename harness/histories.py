"""Histories: what clients did, and whether any order explains what they saw.

Operations on one object are checked for linearizability against a sequential specification,
transactions for isolation. `world.history(name, spec=...)` records either; what can stand for `spec`
is in here:

    history = world.history("price", spec=harness.histories.Register(initial=1))
"""

from __future__ import annotations

from harness.properties.histories.history import Client, History
from harness.properties.histories.objects import (
    Counter,
    KeyValue,
    Queue,
    Register,
    Set,
)
from harness.properties.histories.operation import ANY, Operation
from harness.properties.histories.specification import (
    Partitioned,
    Specification,
)
from harness.properties.histories.transactions import Transactions
from harness.properties.histories.workloads import (
    ListAppend,
    ReadWriteRegister,
)

__all__ = [
    "ANY",
    "Client",
    "Counter",
    "History",
    "KeyValue",
    "ListAppend",
    "Operation",
    "Partitioned",
    "Queue",
    "ReadWriteRegister",
    "Register",
    "Set",
    "Specification",
    "Transactions",
]
