"""The simulated world: names, processes and resources used wrongly, memory that is shared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors.base import HarnessError
from harness.visible import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class IsolationBroken(HarnessError):
    """Two simulated processes touched each other other than through the world."""

    def __init__(
        self, task: str, process: str, other: str, *, thing: str = "a Trio primitive"
    ) -> None:
        super().__init__(
            f"{task} (process {process}) used {thing} of process {other}: real processes share no "
            "memory. Let them meet in the world (a database, a message, world.flag(...)), or create "
            "the thing inside the process that uses it"
        )


class UnknownFix(HarnessError):
    """A fix was named that the scenario does not declare."""

    def __init__(self, name: str, declared: Sequence[str]) -> None:
        known = ", ".join(sorted(declared)) or "none"
        super().__init__(f"there is no fix {name!r} in this scenario; it declares: {known}")


class UnknownParameter(HarnessError):
    """A parameter was named that the scenario does not declare."""

    def __init__(self, name: str, declared: Sequence[str]) -> None:
        known = ", ".join(sorted(declared)) or "none"
        super().__init__(f"there is no parameter {name!r} in this scenario; it declares: {known}")


class NameTaken(HarnessError):
    """Two things of one world were given the same name."""

    def __init__(self, name: str, kind: str) -> None:
        super().__init__(f"there is already a {kind} named {name!r} in this world; choose another")


class ProcessMisused(HarnessError):
    """Something was asked of a process that a process cannot do."""

    def __init__(self, process: str, what: str, instead: str) -> None:
        super().__init__(f"{process} cannot {what}: {instead}")


class UnknownIsolation(HarnessError):
    """A transaction was asked for at a level that PostgreSQL does not have."""

    def __init__(self, level: object, known: Sequence[str]) -> None:
        super().__init__(
            f"there is no isolation level {level!r}; choose one of: {', '.join(known)}"
        )


class RowIsNone(HarnessError):
    """A database was made with a row whose value is None, which stands for a missing row."""

    def __init__(self, database: str, key: object) -> None:
        super().__init__(
            f"the row {key!r} of database {database!r} is None, which means that there is no such "
            "row; leave it out"
        )


class NothingToChoose(HarnessError):
    """A choice was asked for among no options."""

    def __init__(self, label: str) -> None:
        super().__init__(f"the choice {label!r} has no options; give it at least one")


class MemoryShared(HarnessError):
    """Plain memory is reachable from two processes, or survives a restart, and was changed."""

    def __init__(self, variable: str, where: str, processes: Sequence[str]) -> None:
        super().__init__(
            f"{variable} ({where}) is memory that {' and '.join(processes)} share: a real process "
            "would lose it when killed and never see another's. Make it inside the process's main, "
            "or keep what must be shared in the world (a database, world.flag(...))"
        )


class MutexMisused(HarnessError):
    """A model's mutex was used as no lock can be used."""

    def __init__(self, label: str, what: str) -> None:
        super().__init__(f"{label} was {what}: acquire once, release once, in the same task")


class NetworkMisused(HarnessError):
    """A link or a connection was asked for that cannot be."""

    def __init__(self, name: str, what: str, instead: str) -> None:
        super().__init__(f"network {name!r} cannot have {one_line(what)}: say {instead}")


class UnknownFault(HarnessError):
    """A kind of fault was named that there is not."""

    def __init__(self, kind: object, known: Iterable[str]) -> None:
        super().__init__(f"there is no fault {one_line(kind)!r}; there are: {', '.join(known)}")


class BadFaultBudget(HarnessError):
    """How often faults may strike is said in a way that cannot be."""

    def __init__(self, value: object, known: Iterable[str]) -> None:
        kind = next(iter(known))
        super().__init__(
            f"bad faults {one_line(value)}: say for each kind how often it may strike in a run, "
            f'a whole number of at least 0: {{"{kind}": 1}}'
        )


class DiskMisused(HarnessError):
    """A simulated disk was given something that it cannot make sense of."""

    def __init__(self, disk: str, what: str, instead: str) -> None:
        super().__init__(f"the disk {disk!r} makes nothing of {what}: {instead}")


class CannotTrack(HarnessError):
    """`harness.tracked` was given something whose accesses it could not see."""

    def __init__(self, what: str, instead: str) -> None:
        super().__init__(f"harness.tracked cannot follow {what}: {instead}")
