"""What is printed of a search within a bound claims no more than the bound allows."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from harness.explore.strategies import SearchOptions
from tests.unit.cli.conftest import CommandLine
from tests.unit.cli.fake_engine import EXHAUSTED, VIOLATED

WITHIN: dict[str, Any] = {"complete": True, "bounds": {"steps_max": 20_000, "preemption_bound": 2}}


@pytest.mark.parametrize(
    ("reached", "words"),
    [
        (True, "exhausted within 2 preemptions (20 schedules)"),
        (False, "exhausted (every interleaving: 20 schedules)"),
    ],
)
def test_a_proof_within_a_bound_says_so(
    command_line: CommandLine, reached: bool, words: str
) -> None:
    """Unless the bound left nothing out: then it is a proof without it."""
    found = attrs.evolve(EXHAUSTED, bound_reached=reached, **WITHIN)
    command_line.engine.answer = lambda _fixes: found
    assert words in command_line("run", "restart.py").out


def test_no_row_of_a_scorecard_within_a_bound_speaks_of_all(command_line: CommandLine) -> None:
    """Neither of the proofs nor of the others."""

    def answer(fixes: tuple[str, ...]) -> object:
        return attrs.evolve(EXHAUSTED if fixes else VIOLATED, bound_reached=True, **WITHIN)

    command_line.engine.answer = answer  # type: ignore[assignment]  # it is a result
    out = command_line("run", "restart.py", "--scorecard").out
    rows = out.partition("scorecard of ")[2]
    assert "exhausted within 2 preemptions" in rows
    assert "(all" not in rows


def test_the_command_that_finds_it_again_has_the_same_options(command_line: CommandLine) -> None:
    """Without them it would be another search."""
    options = SearchOptions(preemption_bound=2)
    command_line.engine.answer = lambda _fixes: attrs.evolve(VIOLATED, options=options)
    assert "--preemption-bound 2 --seed 0" in command_line("run", "restart.py").out
