"""Makes the table of `docs/reference/faults.md`: `python -m tests.quality.catalogue`. Takes two minutes."""

from __future__ import annotations

from tests.quality.catalogue.page import PAGE, filled, table

if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(), table()))
