"""The exit code, from what was found, what was expected and what a pass needs."""

from __future__ import annotations

from typing import Literal

import attrs
import pytest

from harness.cli.engine import Expectation
from harness.cli.exit_codes import ExitCode
from harness.cli.judgement import judge
from harness.explore import Audited, Mismatch, Result
from harness.explore.audit import Side
from tests.unit.cli.fake_engine import EXHAUSTED, INCONCLUSIVE, USED, VIOLATED

ERROR = attrs.evolve(USED, property="main raises nothing (KeyError)", by_scenario=True)
RAISED = attrs.evolve(VIOLATED, violations=(ERROR,))
BOTH = attrs.evolve(VIOLATED, violations=(ERROR, USED))


@pytest.mark.parametrize(
    ("result", "expected", "code"),
    [
        (EXHAUSTED, None, 0),
        (INCONCLUSIVE, None, 0),
        (VIOLATED, None, 1),
        (VIOLATED, "violated", 0),
        (EXHAUSTED, "violated", 1),
        (INCONCLUSIVE, "violated", 1),
        (EXHAUSTED, "safe", 0),
        (VIOLATED, "safe", 1),
        (RAISED, None, 1),
        (RAISED, "violated", 1),
        (RAISED, "safe", 1),
        (BOTH, "violated", 0),
    ],
)
def test_a_surprise_either_way_is_a_failure(
    result: Result, expected: Expectation | None, code: int
) -> None:
    """A violation that was expected is none; one that was expected and did not come is.

    An error that the scenario itself raised is not what it expected.
    """
    assert judge([(EXHAUSTED, None), (result, expected)], None) == code


@pytest.mark.parametrize(
    ("result", "require", "code"),
    [
        (INCONCLUSIVE, "exhausted", 6),
        (INCONCLUSIVE, 20, 0),
        (INCONCLUSIVE, 21, 6),
        (EXHAUSTED, "exhausted", 0),
        (EXHAUSTED, 21, 0),
        (VIOLATED, "exhausted", 1),
    ],
)
def test_a_pass_needs_the_evidence_that_was_asked_for(
    result: Result, require: Literal["exhausted"] | int, code: int
) -> None:
    """A proof is more than any count, and a violation is worse than a lack of evidence."""
    assert judge([(result, None)], require) == code


def audited(*ours: bool) -> Result:
    """A search whose audit found pairs that do not commute, the harness's fault or not."""
    side = Side(task="main", process="main", reads=(), writes=(), parts=())
    found = tuple(
        Mismatch(
            first=side,
            second=side,
            differs="all",
            shared=(),
            schedule=1,
            step=0,
            is_ours=is_ours,
            advice="mend it",
        )
        for is_ours in ours
    )
    audit = Audited(swaps=9, pairs=9, schedules=1, runs=2, wall_s=0.1, mismatches=found)
    return attrs.evolve(EXHAUSTED, audit=audit)


@pytest.mark.parametrize(
    ("ours", "code"), [((), 0), ((False,), 1), ((True,), 3), ((False, True), 3)]
)
def test_steps_that_do_not_commute_are_a_failure(ours: tuple[bool, ...], code: int) -> None:
    """What the harness misses is its own failure, and worse than a violation elsewhere."""
    assert judge([(audited(*ours), "safe")], None) == code
    assert judge([(VIOLATED, None), (audited(*ours), None)], None) == (code or 1)


def test_an_expected_violation_is_all_the_evidence_there_can_be() -> None:
    """`--require exhausted` asks for proofs of safety, not of what was seen to be broken."""
    assert judge([(VIOLATED, "violated")], "exhausted") == ExitCode.EXPECTED


def test_a_pass_that_never_reached_what_it_must_does_not_count() -> None:
    """Even when nobody asked for more evidence."""
    hollow = attrs.evolve(INCONCLUSIVE, unreached=("the gate ran",))

    assert judge([(hollow, None)], None) == ExitCode.INCONCLUSIVE
    assert judge([(hollow, None)], 1) == ExitCode.INCONCLUSIVE


def test_an_interrupt_is_said_before_anything_else() -> None:
    """The suite is not complete, whatever it found."""
    stopped = attrs.evolve(VIOLATED, interrupted=True)

    assert judge([(stopped, None)], "exhausted") == ExitCode.INTERRUPTED
