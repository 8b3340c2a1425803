"""Restart plans with the answers that a person derives by hand, before any search.

Each reason is the derivation; `tests/quality/test_plans.py` holds the answers to it, and
`python -m tests.quality.plans_page` shows both in `docs/how-to/what-a-plan-is-worth.md`.
"""

from __future__ import annotations

from pathlib import Path

import attrs

import harness
from harness.plans import Plan, load_plan
from scenarios import paradex_maintenance

FOLDER = Path(__file__).parents[2] / "scenarios/plans"

NONE: tuple[tuple[str, ...], ...] = ((),)
BARRIER = (("ready_barrier",), ("missing_is_not_zero",))
ATOMIC = (("atomic_flush",),)
PROVENANCE = (
    ("gate_last_published", "reload_on_block"),
    ("missing_is_not_zero", "reload_on_block"),
)


@attrs.frozen(kw_only=True)
class Example:
    """One plan for one scenario.

    Attributes:
      scenario: in `scenarios/paradex_maintenance.py`.
      file: in `scenarios/plans`, without its ending.
      safe: whether it is, with the fixes that it announces.
      smallest: the smallest sets of fixes that make it safe.
      meets: the moves whose overlap is riskiest; None where the plan is safe, or fails in any order.
      why: the derivation.
    """

    scenario: str
    file: str
    safe: bool
    smallest: tuple[tuple[str, ...], ...]
    meets: tuple[int, int] | None = None
    why: str

    @property
    def plan(self) -> Plan:
        """The plan in the file."""
        return load_plan(FOLDER / f"{self.file}.toml")

    @property
    def subject(self) -> harness.Scenario:
        """The scenario."""
        made: harness.Scenario = getattr(paradex_maintenance, self.scenario)
        return made


EXAMPLES = (
    Example(
        scenario="tick_before_load",
        file="restart",
        safe=False,
        smallest=BARRIER,
        meets=(1, 1),
        why="The ticker and the loader are tasks of the same new instance. The plan has one move and no "
        "overlap; the race is within what the move starts. A barrier orders the two tasks; a refusal to "
        "take a missing row for zero makes the order harmless, as the load is still under way.",
    ),
    Example(
        scenario="tick_before_load",
        file="restart-with-own-memory-gate",
        safe=False,
        smallest=BARRIER,
        meets=(1, 1),
        why="The announced fix does nothing: the gate compares a tick with what the service itself held "
        "before, and a restarted service held nothing.",
    ),
    Example(
        scenario="tick_before_load",
        file="restart-with-barrier",
        safe=True,
        smallest=BARRIER,
        why="No tick before the load has finished, and nobody writes rows while it loads.",
    ),
    Example(
        scenario="tick_before_load",
        file="restart-with-a-pause",
        safe=False,
        smallest=BARRIER,
        meets=(3, 3),
        why="Ten seconds between stop and start change nothing: both sides of the race come after them.",
    ),
    Example(
        scenario="tick_before_load",
        file="restart-with-checks-before-opening",
        safe=False,
        smallest=BARRIER,
        meets=(1, 1),
        why="Two fixes are announced. Waiting for the load before opening does not take back what was "
        "published before; pausing liquidations until then only delays the use.",
    ),
    Example(
        scenario="flush_during_load",
        file="restart",
        safe=True,
        smallest=NONE,
        why="The old instance has saved its rows and ended before the new one loads.",
    ),
    Example(
        scenario="flush_during_load",
        file="beside-once-started",
        safe=False,
        smallest=ATOMIC,
        meets=(1, 1),
        why="The new instance counts as up when it has been started, so the old one is stopped while it "
        "loads, and truncates the table. One statement for a save, and one for a load, leave no hole. "
        "No gate mends it alone: what the load did not find, nobody looks for again.",
    ),
    Example(
        scenario="flush_during_load",
        file="beside-when-ready",
        safe=True,
        smallest=NONE,
        why="The same restart with the other readiness rule: the load is over before the old instance is "
        "asked to stop. The rule is the fix.",
    ),
    Example(
        scenario="flush_during_load",
        file="beside-with-atomic-flush",
        safe=True,
        smallest=ATOMIC,
        why="The announced fix is the one that is needed.",
    ),
    Example(
        scenario="flush_during_load",
        file="beside-for-a-while",
        safe=False,
        smallest=ATOMIC,
        meets=(1, 1),
        why="Ten seconds side by side are no barrier: where a load may take any time, it may take eleven.",
    ),
    Example(
        scenario="flush_during_load",
        file="beside-with-a-barrier",
        safe=False,
        smallest=ATOMIC,
        meets=(1, 1),
        why="The announced fix does nothing: this service has its barrier already. It is the load itself "
        "that reads a hole.",
    ),
    Example(
        scenario="flush_during_load",
        file="beside-with-a-short-drain",
        safe=False,
        smallest=ATOMIC,
        meets=(1, 1),
        why="Without time to drain, the old instance is killed somewhere in its save: the hole is for ever.",
    ),
    Example(
        scenario="replica_lag",
        file="scale-up-in-downtime",
        safe=True,
        smallest=NONE,
        why="The copy is made when the last row has been saved.",
    ),
    Example(
        scenario="replica_lag",
        file="scale-up-without-catching-up",
        safe=False,
        smallest=ATOMIC,
        meets=(3, 3),
        why="The save comes after the copy, as three records: truncate, insert, insert. The promotion does "
        "not wait for them, so it may fall between two. As one record, the save is there or not at all.",
    ),
    Example(
        scenario="replica_lag",
        file="scale-up-caught-up",
        safe=True,
        smallest=NONE,
        why="The promotion waits until every record is applied, and nobody writes any more.",
    ),
    Example(
        scenario="replica_lag",
        file="scale-up-before-the-restart",
        safe=True,
        smallest=NONE,
        why="Nothing is written between copy and promotion, so there is nothing to catch up with; the save "
        "goes to the larger node.",
    ),
    Example(
        scenario="two_writers",
        file="restart",
        safe=True,
        smallest=NONE,
        why="The old instance lets go of the lease before the new one asks for it.",
    ),
    Example(
        scenario="two_writers",
        file="beside-when-ready",
        safe=False,
        smallest=PROVENANCE,
        meets=(1, 1),
        why="The new instance asks for the lease while the old one holds it, loads nothing, and says that it "
        "is ready: readiness means that the load is over, not that it found anything. A refusal alone "
        "leaves it without rows for ever, a reload alone is never asked for: only a combination saves it.",
    ),
    Example(
        scenario="two_writers",
        file="beside-with-a-refusal",
        safe=False,
        smallest=PROVENANCE,
        why="Half of the combination: nobody is liquidated, and the index never resumes, in no order: the "
        "old instance lets go only when the new one has asked.",
    ),
    Example(
        scenario="cache_warm_up",
        file="upgrade-in-downtime",
        safe=True,
        smallest=NONE,
        why="The cache is whole again before anybody loads from it.",
    ),
    Example(
        scenario="cache_warm_up",
        file="upgrade-first",
        safe=True,
        smallest=NONE,
        why="The same with the service up: who is running does not look at the cache.",
    ),
    Example(
        scenario="cache_warm_up",
        file="upgrade-meanwhile",
        safe=False,
        smallest=PROVENANCE,
        meets=(1, 2),
        why="The new instance may load between the emptying and the filling. Where what is missing is loaded "
        "again, it comes in the end; and only then.",
    ),
    Example(
        scenario="save_before_load",
        file="restart-twice",
        safe=True,
        smallest=NONE,
        why="The first restart is over when the service says that it has loaded.",
    ),
    Example(
        scenario="save_before_load",
        file="restart-twice-in-haste",
        safe=False,
        smallest=(("save_after_load",),),
        meets=(1, 2),
        why="The second restart stops an instance that may not have loaded: it saves what it has, over all "
        "rows that there were. No later check brings them back.",
    ),
)
