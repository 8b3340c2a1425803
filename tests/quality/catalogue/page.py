"""The table of the catalogue, as it stands in the documentation."""

from __future__ import annotations

import re
from pathlib import Path

from tests.quality.catalogue import CATALOGUE
from tests.quality.catalogue.entry import Entry
from tests.quality.catalogue.hunt import SCHEDULES_MAX, first_seen, without_it

PAGE = Path(__file__).parents[3] / "docs/reference/faults.md"
SEEDS = range(50)
HEAD = (
    "| fault | what is wrong with the service | first seen: median | worst | without the fault |\n"
)
_TABLE = re.compile(r"(?<=<!-- begin catalogue -->\n\n).*?(?=\n<!-- end catalogue -->)", re.DOTALL)


def table() -> str:
    """A row for each kind of fault, over all seeds."""
    return HEAD + "|---|---|--:|--:|---|\n" + "".join(map(row, CATALOGUE.values()))


def row(entry: Entry) -> str:
    """What it takes to find one bug, and whether it is one without the fault."""
    found = sorted(first_seen(entry, seed) for seed in SEEDS)
    middle = (found[(len(found) - 1) // 2] + found[len(found) // 2]) / 2
    worst = str(found[-1]) if found[-1] <= SCHEDULES_MAX else "not found"
    return f"{beginning(entry)} {middle:g} | {worst} | {proof(entry)} |\n"


def beginning(entry: Entry) -> str:
    """The part of a row that does not depend on any search."""
    others = "".join(f", {kind}" for kind in entry.without)
    return f"| `{entry.kind}`{others} | {entry.bug} |"


def proof(entry: Entry) -> str:
    """What is known of the service where the fault does not strike."""
    result = without_it(entry)
    classes = f"{result.classes} class" if result.classes == 1 else f"{result.classes} classes"
    return f"{result.verdict} ({classes})"


def filled(text: str, made: str) -> str:
    """The page with this table in it."""
    return _TABLE.sub(lambda _: made, text)


def shown() -> str:
    """The table as it stands in the page."""
    found = _TABLE.search(PAGE.read_text())
    assert found is not None
    return found[0]
