"""The reference page says everything that there is, and nothing that there is not."""

from __future__ import annotations

import re
from pathlib import Path

from harness.cli.exit_codes import ExitCode
from harness.cli.results import run
from harness.cli.settings import NAMES, PROFILES, Settings
from tests.unit.cli.fake_engine import VIOLATED

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "command-line.md").read_text()


def column(section: str, index: int) -> list[str]:
    """One column of the table in a section of the page."""
    text = PAGE.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return [row[index].strip("| ") for row in rows[1:]]


def test_every_setting_is_documented() -> None:
    """In all three places that it can stand in."""
    variables = {re.split("[`=]", cell)[1] for cell in column("Settings", 1)}
    keys = {re.split("[` ]", cell)[1] for cell in column("Settings", 2)}

    assert keys == set(NAMES)
    assert variables == {f"HARNESS_{name.upper().replace('-', '_')}" for name in NAMES}


def test_documented_defaults_are_the_defaults() -> None:
    """Those that are a plain value."""
    documented = dict(zip(column("Settings", 2), column("Settings", 3), strict=True))

    assert documented["`strategy`"] == f"`{Settings().strategy}`"
    assert documented["`seed`"] == f"`{Settings().seed}`"
    assert documented["`profile`"] == f"`{Settings().profile}`"
    assert all(f"`{profile}`" in PAGE or f"--profile {profile}`" in PAGE for profile in PROFILES)


def test_every_exit_code_is_documented() -> None:
    """Once, in order."""
    assert [int(cell) for cell in column("Exit codes", 0)] == sorted(ExitCode)


def test_every_field_of_the_results_is_documented() -> None:
    """Of a search, of its scorecard and of its violations."""
    found = run(VIOLATED, None)
    fields = [*found, *found["scorecard"], *found["violations"][0]]
    documented = PAGE.partition("## `--json`")[2]

    assert [name for name in fields if f"`{name}`" not in documented] == []
