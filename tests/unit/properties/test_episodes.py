"""What each outcome means, told as small stories of a funding service and a risk engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.properties.tracker import NO_REFERENCE, Tracker
from tests.unit.properties.events import valid

if TYPE_CHECKING:
    from harness.properties.episodes import Episode

GOOD = 10


class Story:
    """A tracker with one verb for each thing that happens to BTC, which starts at 10."""

    def __init__(self, *, allow_missing: bool = False) -> None:
        self.tracker = Tracker("BTC", valid=valid, initial=GOOD, allow_missing=allow_missing)
        self.step = 0

    def write(self, value: int | None, *, by: str = "funding#2/tick") -> None:
        """Store a value as a version of its own."""
        self.step += 1
        self.tracker.wrote(self.step, value, writer=by, step=self.step, time_s=self.step / 10)

    def read(self, *, task: str = "risk#1/main", version: int | None = None) -> None:
        """Read what is stored, or an older version."""
        known = self.step if version is None else version
        self.tracker.read(known, task=task, process=task.partition("/")[0])

    def gate(self, *, blocked: bool, reference: object = GOOD) -> None:
        """Judge what is stored."""
        self.tracker.gate(
            "reconcile",
            blocked=blocked,
            reference=reference,
            by="main",
            step=self.step,
            time_s=self.step / 10,
        )

    def candidate(self, value: int, *, blocked: bool, reference: object = GOOD) -> None:
        """Judge a value before funding#2/tick publishes it."""
        self.tracker.candidate(
            "continuity",
            value,
            blocked=blocked,
            reference=reference,
            by="funding#2/tick",
            step=self.step,
            time_s=self.step / 10,
        )

    def liquidate(self, *, task: str = "risk#1/main", named: bool = False) -> bool:
        """Do something that cannot be undone."""
        return self.tracker.irreversible(
            "liquidate alice",
            cost=7,
            task=task,
            process=task.partition("/")[0],
            step=self.step,
            time_s=self.step / 10,
            named=named,
        )

    def end(self) -> Episode:
        """The only episode of the story."""
        (episode,) = self.tracker.finish()
        return episode


def test_a_valid_value_is_no_episode() -> None:
    """Values that may follow each other leave nothing to report."""
    story = Story()
    story.write(11)
    story.write(12)
    story.read()

    assert not story.liquidate()
    assert story.tracker.finish() == ()
    assert story.tracker.good == 12


def test_caught() -> None:
    """A gate blocked the zero, and nothing irreversible rested on it."""
    story = Story()
    story.write(0)
    story.gate(blocked=True)

    assert story.end().outcome == "caught"


def test_unused() -> None:
    """Nobody looked and nobody was hurt."""
    story = Story()
    story.write(0)

    assert story.end().outcome == "unused"


def test_escaped() -> None:
    """The zero was used and no gate ever saw it."""
    story = Story()
    story.gate(blocked=False)
    story.write(0)
    story.read()

    assert story.liquidate()
    assert story.end().outcome == "escaped"
    assert [use.cost for use in story.end().uses] == [7]


@pytest.mark.parametrize("gate_first", [True, False])
def test_late(gate_first: bool) -> None:
    """A gate fired, and the use got through all the same, whichever came first."""
    story = Story()
    story.write(0)
    story.read()
    if gate_first:
        story.gate(blocked=True)
    story.liquidate()
    if not gate_first:
        story.gate(blocked=True)

    assert story.end().outcome == "late"


@pytest.mark.parametrize("used", [True, False])
def test_passed(used: bool) -> None:
    """A gate saw the value and let it through although its reference was good: too wide a gate."""
    story = Story()
    story.write(0)
    story.gate(blocked=False, reference=11)
    story.read()
    if used:
        story.liquidate()

    assert story.end().outcome == "passed"
    assert not story.end().vacuous


@pytest.mark.parametrize("reference", [0, None])
def test_a_pass_is_vacuous_when_the_reference_proves_nothing(reference: int | None) -> None:
    """Comparing zero with zero, or with a row that is gone, validates nothing."""
    story = Story()
    story.write(0)
    story.gate(blocked=False, reference=reference)

    assert story.end().outcome == "passed"
    assert story.end().vacuous


def test_a_range_check_is_not_vacuous() -> None:
    """A gate that needs no reference is judged by what it lets through only."""
    story = Story()
    story.write(0)
    story.gate(blocked=False, reference=NO_REFERENCE)

    assert story.end().outcome == "passed"
    assert not story.end().vacuous


def test_one_honest_pass_among_vacuous_ones_is_not_vacuous() -> None:
    """Somebody with a real reference looked, and let it through."""
    story = Story()
    story.write(0)
    story.gate(blocked=False, reference=0)
    story.gate(blocked=False, reference=GOOD)

    assert not story.end().vacuous


def test_a_blocked_candidate_is_caught_without_being_stored() -> None:
    """A gate in front of the write stops the zero where nobody can read it."""
    story = Story()
    story.candidate(0, blocked=True)
    story.read()

    assert not story.liquidate()
    assert story.end().kind == "candidate"
    assert story.end().outcome == "caught"


def test_a_false_alarm_is_no_episode() -> None:
    """A gate that blocks a valid value is a nuisance, not a corruption."""
    story = Story()
    story.candidate(11, blocked=True)
    story.gate(blocked=True)

    assert story.tracker.finish() == ()


def test_a_candidate_that_was_let_through_and_stored_passed_its_gate() -> None:
    """A service that compares with its own empty memory publishes zero with a clear conscience."""
    story = Story()
    story.candidate(0, blocked=False, reference=0)
    story.write(0)
    story.read()
    story.liquidate()

    assert story.end().outcome == "passed"
    assert story.end().vacuous


def test_a_gate_on_another_candidate_did_not_see_the_write() -> None:
    """Checked one value, wrote another: the gate saw nothing of it."""
    story = Story()
    story.candidate(11, blocked=False)
    story.write(0)

    assert story.end().outcome == "unused"


def test_a_repaired_value_can_still_be_used() -> None:
    """Who read the zero before the repair acts on it after the repair."""
    story = Story()
    story.write(0)
    story.read()
    story.write(GOOD)

    assert story.liquidate()
    assert story.end().outcome == "escaped"
    assert story.end().repaired_s == 0.2


def test_reading_again_after_the_repair_forgets_the_corruption() -> None:
    """Only what was read last counts."""
    story = Story()
    story.write(0)
    story.read()
    story.write(GOOD)
    story.read()

    assert not story.liquidate()
    assert story.end().outcome == "unused"


def test_a_task_that_never_read_rests_on_what_its_process_read() -> None:
    """A cache filled by one task is used by another of the same process, not of another one."""
    story = Story()
    story.write(0)
    story.read(task="risk#1/load")

    assert not story.liquidate(task="risk#2/main")
    assert story.liquidate(task="risk#1/main")


def test_an_effect_that_names_the_key_needs_no_read() -> None:
    """The value came by a message; the effect says itself what it rests on."""
    story = Story()
    story.write(0)

    assert not story.liquidate()
    assert story.liquidate(named=True)


def test_a_missing_value_is_corrupt_and_never_becomes_the_reference() -> None:
    """Missing is not zero: after the gap, zero is still judged against the last value seen."""
    story = Story()
    story.write(None)
    story.write(0)

    assert story.end().write.value is None
    assert story.end().write.good == GOOD
    assert story.end().repaired_s is None


def test_a_value_that_may_disappear_must_come_back_as_it_was() -> None:
    """`allow_missing` allows the gap, not a zero after it."""
    story = Story(allow_missing=True)
    story.write(None)
    assert story.tracker.finish() == ()

    story.write(0)
    assert story.end().write.good == GOOD


def test_the_first_value_ever_is_taken_as_good() -> None:
    """While there has been no value, there is nothing to judge one against."""
    tracker = Tracker("ETH", valid=valid)

    assert tracker.wrote(1, None, writer="main", step=1, time_s=0.0)
    assert tracker.wrote(2, 500, writer="main", step=2, time_s=0.0)
    assert not tracker.wrote(3, 0, writer="main", step=3, time_s=0.0)


def test_several_corrupt_writes_are_one_episode() -> None:
    """Only a valid value ends an episode; the next corruption is another one."""
    story = Story()
    story.write(0)
    story.write(1)
    story.write(GOOD)
    story.write(0)

    episodes = story.tracker.finish()

    assert [e.write.step for e in episodes] == [1, 4]
    assert [e.repaired_s for e in episodes] == [0.3, None]
