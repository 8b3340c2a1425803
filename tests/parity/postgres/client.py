"""A real PostgreSQL as the backend of a history.

The statements are shaped so that the comparison is of transactions, not of plans:

* The table holds rows between and around the histories' keys, and its index is built sparse:
  each key has an index page of its own, as it would in a large table. (On a table of a few rows
  all keys share one page; SERIALIZABLE then fails transactions for inserting *another* key than
  one that was read, which says something of the table's size and nothing of the transactions.)
* Statements on one key find it through the index, and come by a row that nobody writes (k = 0).
  A serializable transaction that is doomed to fail is told so when it next looks at a row, any
  row; with that row beside it, a statement on a missing key is told as well.
* Updates change no indexed column and find room on their page: they add nothing to the index.
* Scans read the whole table in sequence, whatever they look for.
* A row of ours in the place of one that was deleted since our snapshot: both are visible, and
  the statement takes the younger.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.pq import DiagnosticField, ExecStatus

from tests.parity.postgres.server import DEADLOCK_TIMEOUT_MS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from psycopg.pq.abc import PGresult

    from tests.unit.database.histories import History, Outcome, Step

SPACING = 100
ROWS_BETWEEN_MAX = 600
SETTLED_AFTER_S = 8 * DEADLOCK_TIMEOUT_MS / 1000
PATIENCE_S = 20.0


class Postgres:
    """Connections to one server, used for one history after another."""

    def __init__(self, address: str, sessions: Iterable[int]) -> None:
        self._keys: dict[str, int] = {}
        self._sessions = {number: Session(address) for number in sessions}
        self._monitor = psycopg.connect(address, autocommit=True)

    def close(self) -> None:
        """Hang up."""
        for session in self._sessions.values():
            session.connection.close()
        self._monitor.close()

    def version(self) -> str:
        """The server's version, for the record."""
        return str(self._monitor.info.parameter_status("server_version"))

    def prepare(self, history: History) -> None:
        """Make the table anew."""
        names = sorted({*history.rows, *(step.key for step in history.steps if step.key)})
        self._keys = {name: SPACING * (place + 1) for place, name in enumerate(names)}
        values = ", ".join(f"({self._keys[key]}, {value})" for key, value in history.rows.items())
        self._monitor.execute("DROP TABLE IF EXISTS t")
        self._monitor.execute("CREATE TABLE t (k int NOT NULL, v int NOT NULL)")
        self._monitor.execute(
            f"INSERT INTO t SELECT k, 0 FROM generate_series(0, {ROWS_BETWEEN_MAX}) k "
            f"WHERE k = 0 OR k % {SPACING} <> 0"
        )
        if values:
            self._monitor.execute(f"INSERT INTO t VALUES {values}")
        self._monitor.execute("CREATE UNIQUE INDEX ON t (k) WITH (fillfactor = 10)")
        for number, session in self._sessions.items():
            level = history.levels.get(number)
            if level is not None:
                session.set_default(level.value)

    def submit(self, step: Step) -> None:
        """Send the statement."""
        self._sessions[step.session].send(step, self._sql(step), self._keys)

    def settle(self) -> dict[int, Outcome]:
        """Wait until each statement has finished, or has waited for a lock for a while."""
        deadline = time.monotonic() + PATIENCE_S
        finished: dict[int, Outcome] = {}
        while True:
            for number, session in self._sessions.items():
                outcome = session.receive()
                if outcome is not None:
                    finished[number] = outcome
            busy = [session for session in self._sessions.values() if session.step is not None]
            if not busy:
                return finished
            waited_s = self._waited_s()
            if all(waited_s.get(session.pid, 0.0) >= SETTLED_AFTER_S for session in busy):
                return finished
            assert time.monotonic() < deadline, f"stuck: {[str(s.step) for s in busy]}"
            time.sleep(0.0005)

    def rows(self) -> dict[str, int]:
        """All committed rows of the histories' keys."""
        names = {number: name for name, number in self._keys.items()}
        found = self._monitor.execute(f"SELECT k, v FROM t WHERE k % {SPACING} = 0 AND k <> 0")
        return {names[key]: value for key, value in found}

    def _waited_s(self) -> dict[int, float]:
        found = self._monitor.execute(
            "SELECT pid, extract(epoch FROM clock_timestamp() - waitstart)::float8 "
            "FROM pg_locks WHERE NOT granted AND waitstart IS NOT NULL"
        )
        return dict(found.fetchall())

    def _sql(self, step: Step) -> str:
        if step.verb in ("begin", "commit", "rollback"):
            return step.verb
        if step.verb == "scan":
            return f"SELECT k, v FROM t WHERE k % {SPACING} = 0 AND k <> 0 ORDER BY age(xmin) DESC"
        if step.verb == "clear":
            return f"DELETE FROM t WHERE k % {SPACING} = 0 AND k <> 0"
        key = self._keys[step.key]
        row = f"WHERE k IN ({key}, 0) AND k <> 0"
        if step.verb == "put":
            return (
                f"INSERT INTO t VALUES ({key}, {step.value}) "
                "ON CONFLICT (k) DO UPDATE SET v = excluded.v"
            )
        condition = "" if step.limit is None else f"AND v < {step.limit}"
        return {
            "get": f"SELECT v FROM t {row} ORDER BY age(xmin)",
            "lock": f"SELECT v FROM t {row} ORDER BY age(xmin) FOR UPDATE",
            "update": f"UPDATE t SET v = v + {step.value} {row} {condition} RETURNING v",
            "delete": f"DELETE FROM t {row}",
        }[step.verb]


class Session:
    """One connection, driven without waiting for it."""

    def __init__(self, address: str) -> None:
        self.connection = psycopg.connect(address, autocommit=True)
        self.pid = self.connection.info.backend_pid
        # The statement that is under way.
        self.step: Step | None = None
        self._names: dict[int, str] = {}

    def set_default(self, level: str) -> None:
        """The level of every transaction of the session."""
        self.connection.execute(f"SET default_transaction_isolation TO '{level}'")

    def send(self, step: Step, sql: str, keys: dict[str, int]) -> None:
        """Send a statement."""
        assert self.step is None
        self.step = step
        self._names = {number: name for name, number in keys.items()}
        self.connection.pgconn.send_query(sql.encode())

    def receive(self) -> Outcome | None:
        """The outcome of the statement under way, if it has one by now."""
        line = self.connection.pgconn
        if self.step is None:
            return None
        line.consume_input()
        if line.is_busy():
            return None
        result = line.get_result()
        assert result is not None
        assert line.get_result() is None
        step, self.step = self.step, None
        if result.status == ExecStatus.FATAL_ERROR:
            state = result.error_field(DiagnosticField.SQLSTATE)
            assert state is not None
            return "error", state.decode()
        return "value", self._value(step, result)

    def _value(self, step: Step, result: PGresult) -> Any:
        table = [
            [int(result.get_value(row, column) or b"") for column in range(result.nfields)]
            for row in range(result.ntuples)
        ]
        tag = (result.command_status or b"").split()
        if step.verb == "scan":
            # The youngest of two visible rows of one key comes last.
            rows = {self._names[key]: value for key, value in table}
            floor = step.limit
            kept = {k: v for k, v in rows.items() if floor is None or v >= floor}
            return dict(sorted(kept.items()))
        if step.verb in ("get", "lock", "update"):
            return table[0][0] if table else None
        if step.verb == "delete":
            return int(tag[1]) > 0
        if step.verb == "clear":
            return int(tag[1])
        if step.verb == "commit":
            return tag == [b"COMMIT"]
        return None
