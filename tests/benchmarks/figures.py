"""Figures on a page of the docs: what stands between two markers is generated."""

from __future__ import annotations

from pathlib import Path


def write(page: Path, text: str, what: str = "figures") -> None:
    """Replace what stands between the markers of the page, of which it may have several pairs."""
    begin, end = f"<!-- {what}: begin -->", f"<!-- {what}: end -->"
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(end)
    page.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")
