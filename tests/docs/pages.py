"""Which pages there are, and the parts of them that are made from the code."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from tests.docs import api
from tests.docs.page import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

#: The name that stands in a page's marker, and what makes that part.
PARTS: Mapping[str, Callable[[], str]] = {
    "public names": api.public_names,
    "trace fields": api.trace_fields,
    "kinds of fault": api.kinds_of_fault,
    "kinds of move": api.kinds_of_move,
}

_PART = re.compile(r"(<!-- begin ([a-z ]+) -->\n).*?(?=<!-- end -->)", re.DOTALL)


def generated(text: str) -> str:
    """The page with the parts between `<!-- begin NAME -->` and `<!-- end -->` made anew."""
    return _PART.sub(lambda found: f"{found[1]}\n{PARTS[found[2]]()}\n", text)
