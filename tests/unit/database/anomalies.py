"""The classic anomalies, step by step, at each isolation level, as PostgreSQL has them.

Names and shapes after Berenson et al., "A Critique of ANSI SQL Isolation Levels" (1995) and Adya,
Liskov, O'Neil, "Generalized Isolation Level Definitions" (2000). PostgreSQL's manual, section 13.2,
says which level allows which. `tests/parity/postgres` plays the same histories on the real one.
"""

from __future__ import annotations

from typing import Any

import attrs

from harness.world.database.isolation import Isolation
from tests.unit.database.histories import Transcript

RC, RR, SER = Isolation.READ_COMMITTED, Isolation.REPEATABLE_READ, Isolation.SERIALIZABLE
ROWS = {"x": 50, "y": 50}
FAILURE = "40001"


@attrs.frozen
class Expected:
    """What a level makes of an anomaly: each session's outcomes in order, and the final rows."""

    one: list[Any]
    two: list[Any]
    rows: dict[str, int]


@attrs.frozen
class Anomaly:
    """A history, and what comes of it at each level. `None` is a statement without a result."""

    name: str
    history: str
    expected: dict[Isolation, Expected]

    def check(self, level: Isolation, transcript: Transcript) -> None:
        """Compare every statement's result or error, who waited, and the rows that are left."""
        expected = self.expected[level]
        assert transcript.outcomes(1) == expected.one, str(transcript)
        assert transcript.outcomes(2) == expected.two, str(transcript)
        assert transcript.rows == expected.rows, str(transcript)
        marked = [line.split("#")[0] for line in self.history.splitlines() if "waits" in line]
        waited = [str(line.step) for line in transcript.lines if line.waits]
        assert waited == [" ".join(line.split()) for line in marked], str(transcript)


ANOMALIES = [
    Anomaly(
        # 2 writes over what 1 has not committed: nobody may. It waits, or is told it came too late.
        "dirty write",
        """
        1 begin
        2 begin
        1 put x 1
        2 put x 2       # waits for 1
        1 put y 1
        1 commit
        2 put y 2
        2 commit
        """,
        {
            RC: Expected([None, None, None, True], [None, None, None, True], {"x": 2, "y": 2}),
            RR: Expected(
                [None, None, None, True], [None, FAILURE, "25P02", False], {"x": 1, "y": 1}
            ),
            SER: Expected(
                [None, None, None, True], [None, FAILURE, "25P02", False], {"x": 1, "y": 1}
            ),
        },
    ),
    Anomaly(
        # 2 reads what 1 takes back. PostgreSQL never shows it.
        "dirty read",
        """
        1 begin
        2 begin
        1 put x 1
        2 get x
        1 rollback
        2 get x
        2 commit
        """,
        {
            level: Expected([None, None, None], [None, 50, 50, True], {"x": 50, "y": 50})
            for level in Isolation
        },
    ),
    Anomaly(
        # Both read 50, both write what they computed from it: 1's deposit is gone.
        "lost update",
        """
        1 begin
        2 begin
        1 get x
        2 get x
        1 put x 60
        1 commit
        2 put x 70
        2 commit
        """,
        {
            RC: Expected([None, 50, None, True], [None, 50, None, True], {"x": 70, "y": 50}),
            RR: Expected([None, 50, None, True], [None, 50, FAILURE, False], {"x": 60, "y": 50}),
            SER: Expected([None, 50, None, True], [None, 50, FAILURE, False], {"x": 60, "y": 50}),
        },
    ),
    Anomaly(
        # The same with the sum computed by the database: READ COMMITTED adds to the newer value.
        "lost update avoided by an update in place",
        """
        1 begin
        2 begin
        1 update x +10
        2 update x +20   # waits for 1
        1 commit
        2 commit
        """,
        {
            RC: Expected([None, 60, True], [None, 80, True], {"x": 80, "y": 50}),
            RR: Expected([None, 60, True], [None, FAILURE, False], {"x": 60, "y": 50}),
            SER: Expected([None, 60, True], [None, FAILURE, False], {"x": 60, "y": 50}),
        },
    ),
    Anomaly(
        # The same with the row locked before it is read: 2 waits and then reads 1's value.
        "lost update avoided by a lock",
        """
        1 begin
        2 begin
        1 lock x
        2 lock x         # waits for 1
        1 put x 60
        1 commit
        2 put x 80
        2 commit
        """,
        {
            RC: Expected([None, 50, None, True], [None, 60, None, True], {"x": 80, "y": 50}),
            RR: Expected(
                [None, 50, None, True], [None, FAILURE, "25P02", False], {"x": 60, "y": 50}
            ),
            SER: Expected(
                [None, 50, None, True], [None, FAILURE, "25P02", False], {"x": 60, "y": 50}
            ),
        },
    ),
    Anomaly(
        # 1 reads the same row twice and gets two answers.
        "non-repeatable read",
        """
        1 begin
        2 begin
        1 get x
        2 put x 1
        2 commit
        1 get x
        1 commit
        """,
        {
            RC: Expected([None, 50, 1, True], [None, None, True], {"x": 1, "y": 50}),
            RR: Expected([None, 50, 50, True], [None, None, True], {"x": 1, "y": 50}),
            SER: Expected([None, 50, 50, True], [None, None, True], {"x": 1, "y": 50}),
        },
    ),
    Anomaly(
        # 1 asks twice which rows match, and in between one more does.
        "phantom",
        """
        1 begin
        2 begin
        1 scan >=60
        2 put z 70
        2 commit
        1 scan >=60
        1 commit
        """,
        {
            RC: Expected(
                [None, {}, {"z": 70}, True], [None, None, True], {"x": 50, "y": 50, "z": 70}
            ),
            RR: Expected([None, {}, {}, True], [None, None, True], {"x": 50, "y": 50, "z": 70}),
            SER: Expected([None, {}, {}, True], [None, None, True], {"x": 50, "y": 50, "z": 70}),
        },
    ),
    Anomaly(
        # 1 sees x before and y after a transfer of 40: money that never was.
        "read skew",
        """
        1 begin
        2 begin
        1 get x
        2 put x 10
        2 put y 90
        2 commit
        1 get y
        1 commit
        """,
        {
            RC: Expected([None, 50, 90, True], [None, None, None, True], {"x": 10, "y": 90}),
            RR: Expected([None, 50, 50, True], [None, None, None, True], {"x": 10, "y": 90}),
            SER: Expected([None, 50, 50, True], [None, None, None, True], {"x": 10, "y": 90}),
        },
    ),
    Anomaly(
        # Each sees 100 in all and takes 60 from another row: -20 in all. Only SERIALIZABLE stops it.
        "write skew",
        """
        1 begin
        2 begin
        1 scan
        2 scan
        1 update x -60
        2 update y -60
        1 commit
        2 commit
        """,
        {
            RC: Expected([None, ROWS, -10, True], [None, ROWS, -10, True], {"x": -10, "y": -10}),
            RR: Expected([None, ROWS, -10, True], [None, ROWS, -10, True], {"x": -10, "y": -10}),
            SER: Expected([None, ROWS, -10, True], [None, ROWS, -10, FAILURE], {"x": -10, "y": 50}),
        },
    ),
    Anomaly(
        # The same through a missing row: each finds no z1, z2 and inserts the other.
        "write skew by inserts",
        """
        1 begin
        2 begin
        1 get v
        2 get w
        1 put w 1
        2 put v 2
        1 commit
        2 commit
        """,
        {
            RC: Expected(
                [None, None, None, True],
                [None, None, None, True],
                {"v": 2, "w": 1, "x": 50, "y": 50},
            ),
            RR: Expected(
                [None, None, None, True],
                [None, None, None, True],
                {"v": 2, "w": 1, "x": 50, "y": 50},
            ),
            SER: Expected(
                [None, None, None, True], [None, None, None, FAILURE], {"w": 1, "x": 50, "y": 50}
            ),
        },
    ),
    Anomaly(
        # A row that was deleted and put back: an update that waited for it finds neither.
        "update of a row replaced meanwhile",
        """
        1 begin
        2 begin
        1 delete x
        1 put x 7
        2 update x +1    # waits for 1
        1 commit
        2 get x
        2 commit
        """,
        {
            RC: Expected([None, True, None, True], [None, None, 7, True], {"x": 7, "y": 50}),
            RR: Expected(
                [None, True, None, True], [None, FAILURE, "25P02", False], {"x": 7, "y": 50}
            ),
            SER: Expected(
                [None, True, None, True], [None, FAILURE, "25P02", False], {"x": 7, "y": 50}
            ),
        },
    ),
    Anomaly(
        # Each holds what the other wants: whoever closes the circle fails, the other goes on.
        "deadlock",
        """
        1 begin
        2 begin
        1 put x 1
        2 put y 2
        1 put y 1        # waits for 2
        2 put x 2        # would close the circle
        1 commit
        2 commit
        """,
        {
            level: Expected(
                [None, None, None, True], [None, None, "40P01", False], {"x": 1, "y": 1}
            )
            for level in Isolation
        },
    ),
]
