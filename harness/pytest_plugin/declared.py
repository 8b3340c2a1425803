"""The options on the command line of pytest, and in its ini file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

#: By the name of the setting: what it means. Each is `--harness-NAME`, and `harness_NAME` in the ini file.
SETTINGS = {
    "strategy": "how explored tests and scenarios are searched",
    "schedules": "at most so many schedules of each",
    "seed": "of everything random in a search",
    "time-budget": "wall-clock time of each search: 30s, 5m",
    "require": "what a pass needs: `exhausted`, or a number of schedules",
    "artifacts": "folder for the traces of failures (.harness)",
}
PATTERNS = "scenario_*.py *_scenario.py"


def dest(name: str) -> str:
    """What a setting is called in the ini file and among pytest's options."""
    return f"harness_{name.replace('-', '_')}"


def declare_options(parser: pytest.Parser) -> None:
    """Tell pytest about all of them."""
    group = parser.getgroup("harness", "searching interleavings")
    for name, meaning in SETTINGS.items():
        metavar = name.upper().rpartition("-")[2]
        group.addoption(f"--harness-{name}", dest=dest(name), metavar=metavar, help=meaning)
        parser.addini(dest(name), f"{meaning} (a default for --harness-{name})")
    group.addoption(
        "--harness-no-shrink",
        dest="harness_no_shrink",
        action="store_true",
        help="leave failing interleavings as long as they were found",
    )
    group.addoption(
        "--harness-replay",
        dest="harness_replay",
        metavar="FILE",
        help="make the recorded run of a test again, exactly; no other test is run",
    )
    places = "folders, or patterns of file names, whose scenarios are tests"
    group.addoption(
        "--harness-scenarios",
        dest="harness_scenarios",
        action="append",
        metavar="PLACE",
        help=f"{places}; may be given several times",
    )
    parser.addini(
        "harness_scenarios", f"{places} ({PATTERNS})", type="args", default=PATTERNS.split()
    )
