"""What a crash destroys: the tasks of one incarnation of one simulated process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import trio
    from outcome import Outcome

    from harness.kernel import private


class KernelProcess:
    """One incarnation of a process, as the step loop sees it.

    Invariants: `frozen` never goes back to false; a frozen process has no task in the ready list;
    `main_outcome` is set as soon as the process's main task has returned or raised, `outcome` when
    everything is over that Trio ends with a run: see `lifecycle`.
    """

    #: Made on demand, because most runs of most processes need none: the nursery of Trio's system
    #: tasks, and around it the one of the task that serves `run_sync_soon`.
    system_nursery: private.Nursery | None = None
    outer_nursery: private.Nursery | None = None
    entry_queue: private.EntryQueue | None = None
    trio_token: trio.lowlevel.TrioToken | None = None
    #: How far its end has come: no system task can be started; the task that closes generators.
    system_closed = False
    #: While it is held up: those of its tasks that could go on otherwise.
    held: list[int] | None = None
    closer: private.Task | None = None
    #: Whether all that its tasks share is tracked, as its owner says.
    memory_tracked = False

    def __init__(self, index: int, label: str, nursery: private.Nursery | None) -> None:
        self.index = index
        self.label = label
        self.nursery = nursery
        self.main_index = -1
        self.frozen = False
        self.main_outcome: Outcome[object] | None = None
        self.outcome: Outcome[object] | None = None
        self.spawned: list[int] = []
        #: Called once, in order, when the process ends in whatever way (sessions, locks, waiters).
        self.death_callbacks: list[Callable[[KernelProcess], None]] = []
        #: What the world hangs on a process (its public handle).
        self.resource: Any = None

    @property
    def ended(self) -> bool:
        """Whether it was killed or is over by itself."""
        return self.frozen or self.outcome is not None

    def announce_end(self) -> None:
        """Tell everybody who asked; each callback runs once."""
        callbacks, self.death_callbacks = self.death_callbacks, []
        for callback in callbacks:
            callback(self)

    def __repr__(self) -> str:
        return f"<process {self.label}>"
