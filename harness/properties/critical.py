"""The handle of critical state: gates and irreversible effects, over the hooks of its store.

Between the run and the bookkeeping: it says who acts, in which step, at what time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from harness.errors import GateComparesNothing
from harness.properties.texts import brief
from harness.properties.tracker import NO_REFERENCE, Tracker, Version
from harness.properties.validity import ask
from harness.properties.watching import observe, refuse

if TYPE_CHECKING:
    from harness.kernel import Engine
    from harness.properties.ledger import Ledger

Check = Callable[[Any], bool]

#: Who writes when a fault strikes or time passes.
OUTSIDE: Final = "no task"


class Store(Protocol):
    """What can hold critical state: a database, or anything with these verbs.

    It calls `wrote` and `was_read` of every watcher, within the step of the write or read. Every
    write has a version of its own, a deletion too; None as a value is a missing row.
    """

    async def get(self, key: Any) -> Any:
        """Read in a step of its own."""

    def peek(self, key: Any) -> Any:
        """Look, in no step; appends to `run.extensions["peeks"]` what it looked at."""

    def watch(self, key: Any, watcher: Critical) -> None:
        """Tell `watcher` about every write and read of `key` from now on."""


class Stored:
    """The type of `STORED`."""

    def __repr__(self) -> str:
        return "STORED"


#: What a gate judges unless it is given a value: what the store holds.
STORED: Final = Stored()


class Critical:
    """One piece of critical state. Made by `database.critical(key, valid=...)`; never directly.

    Attributes:
      name: what messages call it.
    """

    def __init__(
        self, run: Engine, ledger: Ledger, tracker: Tracker, *, store: Store, key: object
    ) -> None:
        self.name = tracker.key
        self._run = run
        self._ledger = ledger
        self._tracker = tracker
        self._store = store
        self._key = key
        # Tasks (by index) whose gate is reading, with the version it got. A gate's reading is no
        # reading of the task's: nothing but the gate's answer comes of it.
        self._gating: dict[int, Version | None] = {}

    def __repr__(self) -> str:
        return f"<critical {self.name}>"

    # ---- what the code under test says ---------------------------------------------------------

    async def gate(
        self,
        name: str,
        *,
        reference: object = NO_REFERENCE,
        value: object = STORED,
        check: Check | None = None,
    ) -> bool:
        """Validate; returns whether the value passed. What to do about it is the caller's affair.

        Without `value`, judges what is stored, which it reads in a step of its own (one statement).
        With `value`, judges a candidate before it is written; that reads nothing of the world and
        is no schedule point. A missing value is blocked unless the state may be missing.

        Args:
          name: what people call this gate.
          reference: what the value is compared with: by `valid(reference, value)` if there is no
            `check`. A value of the same kind as the critical one, as `valid` is asked about it
            too. None is a reference that is missing: without a `check` the gate then lets the
            value through, which the scorecard counts as vacuous.
          value: a candidate.
          check: the gate's own judgement of a present value, where it is another than `valid`.

        Raises:
          GateComparesNothing: neither `reference` nor `check` was given.
          PredicateRaised, PredicateNotBoolean: `check` or `valid` does not answer.
        """
        if reference is NO_REFERENCE and check is None:
            raise refuse(self._run, GateComparesNothing(name))
        if value is STORED:
            return await self._gate_stored(name, reference, check)
        return self._gate_candidate(name, reference, value, check)

    def irreversible(self, name: str, *, cost: int = 1, also: Sequence[Critical] = ()) -> None:
        """Something that cannot be undone happens in this step, resting on this state.

        It rests on what the task read of it last; if the task never did, on what its process read
        last; if that never did either, on what is stored now.

        Args:
          name: what happens ("liquidate alice").
          cost: what it costs if the state is corrupt: a whole number in a unit of your own.
          also: further critical state that it rests on; the cost counts once.

        Raises:
          BadCost: `cost` is no whole number of at least 0.
        """
        run = self._run
        if run.closing:
            return
        resting_on = (self, *also)
        for critical in resting_on:
            critical._depend_on_what_is_used()  # noqa: SLF001  # of the same class
        self._ledger.irreversible(
            name,
            cost=cost,
            keys=[critical.name for critical in resting_on],
            task=self._task(),
            process=self._process(),
            step=run.step,
            time_s=run.now,
        )
        run.write(f"{self._task()}: irreversible", name)
        run.note(name, "irreversible")

    # ---- what the store tells ------------------------------------------------------------------

    def wrote(self, key: object, old: object, new: object, version: Version) -> None:
        """The store holds `new` (None: nothing) as `version`."""
        run = self._run
        if run.closing:
            return
        valid = self._tracker.wrote(
            version, new, writer=self._task(), step=run.step, time_s=run.now
        )
        if not valid and run.recording:
            last_good = brief(self._tracker.good)
            run.note(f"{self.name} = {brief(new)}, last good {last_good}", "corrupt")

    def was_read(self, key: object, value: object, version: Version) -> None:
        """The running task read `value`, which is `version`."""
        run = self._run
        if self._gating and run.current in self._gating:
            self._gating[run.current] = version
        else:
            self._tracker.read(version, task=self._task(), process=self._process())

    # ---- gates ---------------------------------------------------------------------------------

    async def _gate_stored(self, name: str, reference: object, check: Check | None) -> bool:
        run = self._run
        task = run.current
        self._gating[task] = None
        try:
            value = await self._store.get(self._key)
        finally:
            version = self._gating.pop(task)
        passed = self._accepts(name, reference, value, check)
        if not run.closing:
            self._tracker.gate(
                name,
                blocked=not passed,
                by=self._task(),
                step=run.step,
                time_s=run.now,
                reference=reference,
                version=version,
            )
            self._say_gate(name, reference, value, passed=passed)
        return passed

    def _gate_candidate(
        self, name: str, reference: object, value: object, check: Check | None
    ) -> bool:
        run = self._run
        passed = self._accepts(name, reference, value, check)
        if not run.closing:
            # Whether the candidate is corrupt depends on the last good value.
            self._depend_on_writes()
            self._tracker.candidate(
                name,
                value,
                blocked=not passed,
                by=self._task(),
                step=run.step,
                time_s=run.now,
                reference=reference,
            )
            self._say_gate(name, reference, value, passed=passed)
        return passed

    def _accepts(self, name: str, reference: object, value: object, check: Check | None) -> bool:
        valid = self._tracker.valid
        if value is None:
            return valid.allow_missing
        if check is None:
            return valid(reference, value)
        return ask(f"the gate {name!r}", check, value, refused=partial(refuse, self._run))

    def _say_gate(self, name: str, reference: object, value: object, *, passed: bool) -> None:
        run = self._run
        decision = "passed" if passed else "blocked"
        run.write(f"{self._task()}: gate", f"{name} {decision}")
        if run.recording:
            expected = "" if reference is NO_REFERENCE else f", expected {brief(reference)}"
            run.note(f"gate {name}: {brief(value)}{expected}", decision)

    # ---- who, and what a step depends on -------------------------------------------------------

    def _task(self) -> str:
        run = self._run
        return OUTSIDE if run.process is None else run.labels[run.current]

    def _process(self) -> str | None:
        process = self._run.process
        return None if process is None else process.label

    def _depend_on_what_is_used(self) -> None:
        if not self._tracker.knows_reader(task=self._task(), process=self._process()):
            self._depend_on_writes()

    def _depend_on_writes(self) -> None:
        """This step's part in an outcome hangs on the writes: it does not commute with them."""
        run = self._run
        value, labels = observe(run, lambda: self._store.peek(self._key))
        for label in labels:
            run.read(label, value)
