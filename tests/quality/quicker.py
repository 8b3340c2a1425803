"""How much quicker than a random walk two strategies are, as the documentation states it."""

from __future__ import annotations

#: By what factor a strategy needs fewer schedules, at least; than 1,000 where a random walk finds nothing.
#: PCT is quicker where much must not happen, not where many short tasks do the same.
QUICKER = {
    "pos": {
        "reorder_3": 1.4,
        "reorder_4": 2.0,
        "reorder_5": 1.6,
        "reorder_10": 2.0,
        "reorder_20": 1.4,
        "reorder_50": 1.3,
        "twostage": 2.5,
        "twostage_20": 1.6,
    },
    "pct": {
        "reorder_3": 1.3,
        "twostage": 2.5,
        "uneven": 100,
        "ladder_1": 100,
        "ladder_2": 5,
        "late_deadlock": 15,
        "late_update": 15,
        "shutdown": 8,
    },
}
