"""Cancel scopes and deadlines in an order that does not depend on memory addresses.

Trio keeps the tasks and children of a cancel status in sets, ordered by address, and breaks ties
between deadlines by `id`. Either would make two runs of the same schedule differ: the order in which
abort functions run is visible to the program. Here both are ordered by insertion.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from math import inf
from typing import TYPE_CHECKING, Any

from harness.kernel import private

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.kernel.engine import Engine
    from harness.kernel.process import KernelProcess


class InsertionOrderedSet(dict[Any, None]):
    """As much of a set as `CancelStatus` uses, iterated in order of insertion."""

    __slots__ = ()
    # Both are C functions, so this costs what a set costs.
    add = dict.setdefault
    remove = dict.__delitem__


class OrderedCancelStatus(private.CancelStatus):
    """Trio's cancel status, delivering cancellation in insertion order."""

    def __attrs_post_init__(self) -> None:
        self._children = InsertionOrderedSet()  # type: ignore[assignment]  # as much as is used
        self._tasks = InsertionOrderedSet()  # type: ignore[assignment]  # as much as is used
        parent = self._parent
        if parent is not None:
            parent._children.add(self)
            # Nothing is in it yet, so there is nothing to tell anybody in the usual case.
            if self._scope.cancel_called or parent.effectively_cancelled:
                self.recalculate()


class SpawnOrderedSet(frozenset[private.Task]):
    """A set of tasks that is iterated in the order in which they were spawned."""

    __slots__ = ()

    def __iter__(self) -> Iterator[private.Task]:
        return iter(sorted(super().__iter__(), key=_spawn_order))


def _spawn_order(task: private.Task) -> int:
    return task._counter


def _child_tasks(nursery: private.Nursery) -> frozenset[private.Task]:
    runner: Any = private.GLOBAL_RUN_CONTEXT.runner
    if getattr(runner, "observing", False):
        runner.looked_at_children()
    return SpawnOrderedSet(nursery._children)


#: Stands in for the property of `Nursery`, whose order would depend on addresses.
child_tasks = property(_child_tasks)


class DeadlineChange:
    """What `CancelScope._might_change_registered_deadline` returns, without a generator for each.

    Every entry and exit of a scope or nursery is in one of these, and mostly nothing changes.
    """

    __slots__ = ("_scope",)

    #: Trio's own.
    original = staticmethod(private.CancelScope._might_change_registered_deadline)

    def __init__(self, scope: private.CancelScope) -> None:
        self._scope = scope

    def __enter__(self) -> None:
        """The change is made within."""

    def __exit__(self, *_: object) -> None:
        scope = self._scope
        over = scope._cancel_status is None or scope._cancel_called
        before, after = scope._registered_deadline, inf if over else scope._deadline
        if before == after:
            return
        deadlines: Any = private.GLOBAL_RUN_CONTEXT.runner.deadlines
        if type(deadlines) is not OrderedDeadlines:
            with self.original(scope):  # another run than ours, in another thread
                return
        scope._registered_deadline = after
        if before != inf:
            deadlines.remove(before, scope)
        if after != inf:
            deadlines.add(after, scope)


def might_change_deadline(scope: private.CancelScope) -> DeadlineChange:
    """Stands in for the method of `CancelScope`."""
    return DeadlineChange(scope)


class OrderedDeadlines:
    """Trio's heap of deadlines with ties broken by sequence, and an owner for each entry.

    Entries whose owner is a dead process are dropped: a process that was killed has no timers.
    Stale entries (the scope's deadline has changed since) are dropped when they reach the top.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # Invariant: a live entry's deadline equals its scope's `_registered_deadline`.
        self.heap: list[tuple[float, int, private.CancelScope, KernelProcess]] = []
        self._sequence = 0
        self._active = 0

    def clear(self) -> None:
        """Forget everything, as at the start of a run."""
        self.heap.clear()
        self._sequence = 0
        self._active = 0

    def add(self, deadline: float, cancel_scope: private.CancelScope) -> None:
        self._sequence += 1
        self._active += 1
        owner = self._engine.process or self._engine.main_process
        heappush(self.heap, (deadline, self._sequence, cancel_scope, owner))
        if self._engine.timer_watch is not None:
            self._engine.timer_watch(cancel_scope, True)

    def remove(
        self, deadline: float, cancel_scope: private.CancelScope
    ) -> None:  # Trio's signature
        self._active -= 1
        if self._engine.timer_watch is not None:
            self._engine.timer_watch(cancel_scope, False)
        if len(self.heap) > 2 * self._active + 1000:
            self._prune()

    def next_deadline(self) -> float:
        heap = self.heap
        while heap:
            deadline, _, scope, owner = heap[0]
            if deadline == scope._registered_deadline and not owner.frozen:
                return deadline
            heappop(heap)
        return inf

    def any_of(self, process: KernelProcess) -> bool:
        """Whether any timer of a process is set."""
        return any(
            owner is process and deadline == scope._registered_deadline
            for deadline, _, scope, owner in self.heap
        )

    def expire(self, now: float) -> bool:
        """Cancel every live scope whose deadline is due; say whether there was one."""
        found = False
        heap = self.heap
        while heap and heap[0][0] <= now:
            deadline, _, scope, owner = heappop(heap)
            if deadline == scope._registered_deadline and not owner.frozen:
                found = True
                scope._cancel(private.CancelReason(source="deadline"))
        return found

    def _prune(self) -> None:
        # A scope may toggle between two deadlines: keep the first live entry of each scope.
        seen: dict[int, None] = {}
        kept = []
        for entry in sorted(self.heap, key=lambda item: item[:2]):
            if entry[0] == entry[2]._registered_deadline and id(entry[2]) not in seen:
                seen[id(entry[2])] = None
                kept.append(entry)
        heapify(kept)
        self.heap[:] = kept
