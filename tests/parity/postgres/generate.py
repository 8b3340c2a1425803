"""Random histories: short, few keys, much contention.

Most statements stand in transactions that overlap, since what single statements do to each other
is soon told. Half of the histories keep every session at one level; the verbs are dealt so that
each level meets what is hard for it: waits and re-evaluation at READ COMMITTED, first-updater-wins
at REPEATABLE READ, reads that others overwrite at SERIALIZABLE.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.world.database.isolation import Isolation
from tests.unit.database.histories import History, Step

if TYPE_CHECKING:
    import random

MIXES = (
    ("get", "get", "scan", "put", "update"),
    ("get", "put", "delete", "update"),
    ("get", "lock", "lock", "update", "put", "delete", "scan"),
    ("lock", "update", "put"),
)


def generate(randomness: random.Random) -> History:
    """A history of 2 or 3 sessions on 2 to 4 keys, most of which are there at first."""
    sessions = randomness.choice([(1, 2), (1, 2, 3), (1, 2, 3)])
    keys = "wxyz"[: randomness.randint(2, 4)]
    levels = _levels(randomness, sessions)
    rows = {key: randomness.randint(0, 9) for key in keys if randomness.random() < 0.8}
    verbs = randomness.choice(MIXES)
    opened: dict[int, bool] = {}
    steps = []
    for _ in range(randomness.randint(8, 30)):
        session = randomness.choice(sessions)
        step = _step(randomness, session, verbs, keys, is_open=opened.get(session, False))
        # The player leaves out what cannot be (a begin within a transaction); this is a guess.
        opened[session] = step.verb == "begin" or (
            opened.get(session, False) and step.verb not in ("commit", "rollback")
        )
        steps.append(step)
    return History(rows, steps, levels)


def _levels(randomness: random.Random, sessions: tuple[int, ...]) -> dict[int, Isolation]:
    one = randomness.choice([*Isolation, Isolation.SERIALIZABLE])
    mixed = randomness.random() < 0.3
    return {session: randomness.choice(list(Isolation)) if mixed else one for session in sessions}


def _step(
    randomness: random.Random, session: int, verbs: tuple[str, ...], keys: str, *, is_open: bool
) -> Step:
    draw = randomness.random()
    if not is_open and draw < 0.8:
        return Step(session, "begin")
    if is_open and draw < 0.2:
        return Step(session, "commit" if draw < 0.16 else "rollback")
    verb = randomness.choice(verbs)
    value = randomness.randint(1, 9)
    limit = randomness.randint(0, 12) if randomness.random() < 0.4 else None
    if verb == "scan":
        return Step(session, "scan", limit=limit)
    key = randomness.choice(keys)
    if verb == "update":
        return Step(session, verb, key, value, limit)
    return Step(session, verb, key, value if verb == "put" else 0)
