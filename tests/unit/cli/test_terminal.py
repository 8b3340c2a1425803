"""What is printed of failures: each interleaving once, not all of them, and how to see the rest."""

from __future__ import annotations

import attrs
import msgspec
import pytest

from harness.explore import Violation
from tests.unit.cli.conftest import CommandLine
from tests.unit.cli.fake_engine import EXHAUSTED, NO_TRACE, USED, VIOLATED


def violation(name: str, digest: str, *, first_seen: int = 3) -> Violation:
    """One kind of failure, shown by the run with this digest."""
    return attrs.evolve(
        USED,
        property=name,
        message=f"{name}: it is not so",
        first_seen=first_seen,
        trace=msgspec.structs.replace(NO_TRACE, digest=digest),
    )


def test_one_interleaving_that_violates_several_properties_is_shown_once(
    command_line: CommandLine,
) -> None:
    """With the list of them, and where each was seen first."""
    found = (
        violation("books balance", "b000"),
        violation("books are open", "b000", first_seen=4),
        USED,
    )
    command_line.engine.answer = lambda _fixes: attrs.evolve(VIOLATED, violations=found)
    out = command_line("run", "restart.py").out

    assert out.count("VIOLATED") == 1
    assert "at schedule 3: BTC was used before its gate, and 2 more\n" in out
    assert "violates       BTC was used before its gate\n" in out
    assert "               books balance: it is not so\n" in out
    assert "               books are open: it is not so (first at schedule 4)\n" in out
    assert out.count("replay it") == 1


def test_of_many_interleavings_some_are_shown_and_some_named(command_line: CommandLine) -> None:
    """Two in full, four with the command that shows them, and a count of the rest."""
    found = tuple(violation(f"property {number}", f"{number:04}") for number in range(9))
    command_line.engine.answer = lambda _fixes: attrs.evolve(VIOLATED, violations=found)
    out = command_line("run", "restart.py").out

    assert out.count("VIOLATED") == 2
    assert out.count("by another interleaving: property") == 4
    assert "; see it: harness replay .harness/scale_up-3f9c.trace.json\n" in out
    assert "3 more interleavings violate something: replay the traces in .harness" in out


def test_a_scorecard_is_not_drowned_in_failures(command_line: CommandLine) -> None:
    """Four sets of fixes that all fail in two ways: four interleavings, not eight."""
    found = (violation("one", "0001"), violation("two", "0002"))
    command_line.engine.answer = lambda _fixes: attrs.evolve(VIOLATED, violations=found)
    out = command_line("run", "restart.py", "--scorecard").out

    assert out.count("VIOLATED") == 4
    assert out.index("VIOLATED") < out.index("scorecard of") < out.index("replay the first failure")


def test_what_a_scorecard_says_is_not_said_before(command_line: CommandLine) -> None:
    """A set of fixes under which nothing was wrong is a row, and no line."""
    command_line.engine.answer = lambda _fixes: EXHAUSTED
    out = command_line("run", "restart.py", "--scorecard").out

    assert out.count("restart.py::scale_up  ") == 1
    assert "restart.py::scale_up  no fix  exhausted" in out
    assert "\n  wait " in out


@pytest.mark.parametrize(
    ("sampled", "said"),
    [(0, "every interleaving: 20 schedules)"), (8, "every interleaving: 12 schedules, 8 random")],
)
def test_random_repeats_are_no_interleavings(
    command_line: CommandLine, sampled: int, said: str
) -> None:
    """A portfolio draws some at random besides those that make the proof."""
    result = attrs.evolve(EXHAUSTED, complete=True, sampled=sampled)
    command_line.engine.answer = lambda _fixes: result

    assert said in command_line("run", "restart.py").out


def test_a_reduction_says_that_it_counts_classes(command_line: CommandLine) -> None:
    """Twenty classes may be thousands of interleavings."""
    command_line.engine.answer = lambda _fixes: attrs.evolve(EXHAUSTED, complete=True, classes=20)

    assert "(every class of interleavings: 20 schedules)" in command_line("run", "restart.py").out


def test_a_proof_says_on_whose_word_it_rests(command_line: CommandLine) -> None:
    """What nobody has checked stands beside it; what is always assumed does not."""
    word = "memory: tasks of risk share nothing but what is tracked"
    certificate = attrs.evolve(
        EXHAUSTED, complete=True, classes=20, assumptions=("time: asynchronous", word)
    )
    command_line.engine.answer = lambda _fixes: certificate

    out = command_line("run", "restart.py").out
    assert f"(every class of interleavings: 20 schedules, {word})" in out
    assert "asynchronous" not in out
