"""What pages state in words and figures, held to the code."""

from __future__ import annotations

import re

import pytest

from harness.cli import main
from harness.explore.strategies import STRATEGIES
from harness.kernel import private
from harness.properties.episodes import outcome_of
from tests.docs.page import ROOT

LIMITATIONS = (ROOT / "docs" / "limitations.md").read_text()
VERDICTS = (ROOT / "docs" / "explanation" / "verdicts.md").read_text()


def test_the_table_of_outcomes_is_the_rule() -> None:
    """All eight combinations, each with the outcome that the scorecard would give it."""
    rows = re.findall(r"^\| (yes|no) \| (yes|no) \| (yes|no) \| (\w+) \|$", VERDICTS, re.MULTILINE)
    answers = {(used, blocked, let): outcome for used, blocked, let, outcome in rows}

    assert len(answers) == len(rows) == 8
    for (used, blocked, let), outcome in answers.items():
        yes = {"used": used == "yes", "blocked": blocked == "yes", "let_through": let == "yes"}
        assert outcome == outcome_of(**yes)


def test_the_strategies_are_named() -> None:
    """No more and no fewer than there are."""
    (sentence,) = re.findall(r"strategies: ([^.]+)\.", LIMITATIONS)

    assert set(re.findall(r"`(\w+)`", sentence)) == set(STRATEGIES)


def test_the_supported_versions_of_trio_are_named() -> None:
    """As the kernel checks them; the end is the first that is refused."""
    (found,) = re.findall(r"Trio (\d+)\.(\d+) to (\d+)\.(\d+)", LIMITATIONS)
    first, last = (int(found[0]), int(found[1])), (int(found[2]), int(found[3]))

    assert first == private.VERSION_MIN[:2]
    assert (last[0], last[1] + 1) == private.VERSION_END[:2]


def missing(what: str) -> list[str]:
    """The commands or flags that the page says there are not."""
    (sentence,) = re.findall(rf"^\* The {what} ([^.]+)\.", LIMITATIONS, re.MULTILINE)
    return re.findall(r"`([^`]+)`", sentence)


@pytest.mark.parametrize("command", missing("commands"))
def test_a_command_that_is_said_to_be_missing_is(command: str) -> None:
    """When it comes, the page must say so."""
    assert main([command]) == 2


@pytest.mark.parametrize("flag", missing("flags"))
def test_a_flag_that_is_said_to_be_missing_is_refused(
    flag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Never silently ignored."""
    assert main(["run", flag, "2"]) == 2
    assert "Unknown option" in capsys.readouterr().err
