"""One line on standard error, whatever there is to complain of."""

from __future__ import annotations

import sys

from harness.visible import one_line

TEXT_MAX = 2_000  # characters of an error; one that lists all settings needs many


def complain(text: str) -> None:
    """Print it, safe for a terminal, so that a script tells it from results."""
    line = one_line(" ".join(text.split()), length_max=TEXT_MAX)
    print(f"harness: {line}", file=sys.stderr)  # noqa: T201
