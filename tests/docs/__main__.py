"""`python -m tests.docs [PAGE...]`: bring the pages in line with the code, then look at the diff."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.docs.page import ROOT, played
from tests.docs.pages import PAGES, generated


def main(names: list[str]) -> None:
    """Rewrite the named pages, or all, where what they show is not what comes out."""
    for page in PAGES:
        if names and str(page.relative_to(ROOT)) not in names:
            continue
        before = page.read_text()
        with tempfile.TemporaryDirectory() as folder:
            after = generated(played(before, Path(folder)))
        if after != before:
            page.write_text(after)
            print(f"rewrote {page.relative_to(ROOT)}")  # noqa: T201  # it speaks to a terminal


if __name__ == "__main__":
    main(sys.argv[1:])
