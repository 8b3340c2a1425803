"""Histories: statements of several sessions in one exact order, and how to play them.

A history is written one step a line, `session verb arguments`, so that a test reads like the
papers' notation:

    1 begin
    2 begin
    1 update x +1
    2 update x +1     # waits for 1
    1 commit

The same player drives the simulated database and a real one (`tests/parity/postgres`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from harness.world.database.engine.engine import Engine
from harness.world.database.engine.waiting import Waiting
from harness.world.database.errors import DatabaseError
from harness.world.database.isolation import Isolation

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.world.database.engine.transaction import Transaction


@attrs.frozen
class Step:
    """One statement of one session.

    Verbs: begin, get K, lock K (get for update), put K V, update K +N [<LIMIT],
    delete K, scan [>=FLOOR], clear, commit, rollback.
    """

    session: int
    verb: str
    key: str = ""
    value: int = 0
    limit: int | None = None

    def __str__(self) -> str:
        """The line it was written as."""
        words = [str(self.session), self.verb]
        if self.key:
            words.append(self.key)
        if self.verb == "put":
            words.append(str(self.value))
        if self.verb == "update":
            words.append(f"{self.value:+d}")
        if self.limit is not None:
            words.append(f"{'>=' if self.verb == 'scan' else '<'}{self.limit}")
        return " ".join(words)


@attrs.frozen
class History:
    """Steps, the rows they start from, and the level each session runs at."""

    rows: Mapping[str, int]
    steps: Sequence[Step]
    levels: Mapping[int, Isolation]


Outcome = tuple[str, Any]
"""("value", result), ("error", sqlstate)"""


@attrs.frozen
class Line:
    """What one step did.

    Attributes:
        step: the step.
        finished: what the statements came to that finished by it: its own, and ones it set free.
        waits: whether its own is waiting now.
    """

    step: Step
    finished: Mapping[int, Outcome]
    waits: bool

    def __str__(self) -> str:
        """One line of a transcript."""
        done = ", ".join(f"{session}: {what}" for session, what in self.finished.items())
        return f"{self.step!s:32} {done}{' waits' if self.waits else ''}"


@attrs.frozen
class Transcript:
    """Everything that a history showed."""

    lines: Sequence[Line]
    rows: Mapping[str, int]

    def __str__(self) -> str:
        """A page to compare by eye."""
        return "\n".join([*map(str, self.lines), f"rows {self.rows}"])

    def outcomes(self, session: int) -> list[Any]:
        """What the session's statements came to, in order: a value, or the SQLSTATE."""
        return [line.finished[session][1] for line in self.lines if session in line.finished]


class Backend(Protocol):
    """A database under test."""

    def submit(self, step: Step) -> None:
        """Start a statement."""

    def settle(self) -> dict[int, Outcome]:
        """Let every statement go as far as it gets. Returns those that finished since."""

    def rows(self) -> dict[str, int]:
        """All committed rows."""


def play(history: History, backend: Backend) -> Transcript:
    """Play every step whose session is not waiting, then commit what is open."""
    lines: list[Line] = []
    waiting: list[int] = []
    opened: list[int] = []

    def take(step: Step) -> None:
        backend.submit(step)
        waiting.append(step.session)
        finished = dict(sorted(backend.settle().items()))
        for session in finished:
            waiting.remove(session)
        lines.append(Line(step, finished, step.session in waiting))

    for step in history.steps:
        if step.session in waiting or not _fits(step, opened):
            continue
        take(step)
    while opened:
        session = next(session for session in opened if session not in waiting)
        opened.remove(session)
        take(Step(session, "commit"))
    return Transcript(lines, dict(sorted(backend.rows().items())))


def _fits(step: Step, opened: list[int]) -> bool:
    """Whether a transaction may be begun or ended; keeps the list of open ones."""
    if step.verb == "begin":
        if step.session in opened:
            return False
        opened.append(step.session)
    elif step.verb in ("commit", "rollback"):
        if step.session not in opened:
            return False
        opened.remove(step.session)
    return True


class Simulation:
    """The simulated database as a backend.

    `choose(n)` says which of n statements that could go on goes first.
    """

    def __init__(self, history: History, choose: Callable[[int], int] = lambda n: 0) -> None:
        self.engine = Engine(history.rows)
        self._levels = history.levels
        self._choose = choose
        self._open: dict[int, Transaction] = {}
        self.waiting: dict[int, Waiting] = {}
        self._finished: dict[int, Outcome] = {}

    def submit(self, step: Step) -> None:
        """Run the statement as far as it gets."""
        self._note(step.session, lambda: self._perform(step))

    def settle(self) -> dict[int, Outcome]:
        """Resume whatever may go on, until nothing may."""
        while ready := [waiting for waiting in self.engine.waiting if waiting.ready]:
            waiting = ready[self._choose(len(ready)) if len(ready) > 1 else 0]
            self.resume(next(s for s, other in self.waiting.items() if other is waiting))
        return self.take_finished()

    def resume(self, session: int) -> None:
        """Let the session's waiting statement try again."""
        self._note(session, self.waiting.pop(session).resume)

    def take_finished(self) -> dict[int, Outcome]:
        """The statements that finished since the last time."""
        finished, self._finished = self._finished, {}
        return finished

    def rows(self) -> dict[str, int]:
        """All committed rows."""
        return dict(self.engine.rows)

    def _note(self, session: int, attempt: Callable[[], Any]) -> None:
        try:
            result = attempt()
        except DatabaseError as error:
            self._finished[session] = ("error", error.sqlstate)
            return
        if isinstance(result, Waiting):
            self.waiting[session] = result
        else:
            self._finished[session] = ("value", result)

    def _perform(self, step: Step) -> Any:
        session = step.session
        if step.verb == "begin":
            level = self._levels[session]
            self._open[session] = self.engine.begin(level, label=f"session {session}")
            return None
        if step.verb in ("commit", "rollback"):
            transaction = self._open.pop(session)
            if step.verb == "commit":
                return transaction.commit()
            return transaction.rollback()
        if session in self._open:
            return perform(self._open[session], step)
        level = self._levels[session]
        if level is self.engine.isolation:
            return perform(self.engine, step)
        return perform(self.engine.begin(level, autocommit=True), step)


def perform(target: Transaction | Engine, step: Step) -> Any:
    """Run one statement on a transaction, or as its own."""
    verbs: dict[str, Callable[[], Any]] = {
        "get": lambda: target.get(step.key),
        "lock": lambda: target.get_for_update(step.key),
        "put": lambda: target.put(step.key, step.value),
        "update": lambda: target.update(step.key, _increment(step)),
        "delete": lambda: target.delete(step.key),
        "scan": lambda: _at_least(target.scan(), step.limit),
        "clear": target.clear,
    }
    return verbs[step.verb]()


def _increment(step: Step) -> Callable[[int], int | None]:
    def change(value: int) -> int | None:
        if step.limit is not None and value >= step.limit:
            return None
        return value + step.value

    return change


def _at_least(rows: dict[str, int], floor: int | None) -> dict[str, int]:
    return dict(
        sorted((key, value) for key, value in rows.items() if floor is None or value >= floor)
    )


def parse(text: str, rows: Mapping[str, int], level: Isolation) -> History:
    """Read a history written one step a line; every transaction runs at `level`."""
    lines = [line.split("#")[0].split() for line in text.splitlines()]
    steps = [_parse_step(words) for words in lines if words]
    return History(rows, steps, {step.session: level for step in steps})


def _parse_step(words: list[str]) -> Step:
    session, verb, *rest = words
    key, value, limit = "", 0, None
    for word in rest:
        if word.startswith("<"):
            limit = int(word[1:])
        elif word.startswith(">="):
            limit = int(word[2:])
        elif word.lstrip("+-").isdigit():
            value = int(word)
        else:
            key = word
    return Step(int(session), verb, key, value, limit)
