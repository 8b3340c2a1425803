"""Every page does what it says: its code runs, and what it shows is what comes out."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

import pytest

from tests.docs.page import ROOT, blocks, environment, played
from tests.docs.pages import PAGES, generated

MAKE_TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)


def relative(page: Path) -> str:
    """How a test names the page it reads."""
    return page.relative_to(ROOT).as_posix()


def difference(shown: str, true: str) -> str:
    """What stands in a page and should not, and the other way round."""
    lines = difflib.unified_diff(
        shown.splitlines(), true.splitlines(), "shown", "true", lineterm=""
    )
    return "\n".join(lines)


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_a_page_shows_what_comes_out(page: Path, tmp_path: Path) -> None:
    """Code, commands, output and exit codes. If not: `python -m tests.docs`, and look at the diff."""
    shown = page.read_text()
    true = generated(played(shown, tmp_path))

    assert shown == true, f"run: python -m tests.docs {relative(page)}\n{difference(shown, true)}"


def test_a_page_comes_out_alike_on_every_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """What CI sets makes pytest, Hypothesis and our own reports say other things than a terminal."""
    here = environment()
    for name in ("CI", "BUILD_NUMBER", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "HARNESS_SEED"):
        monkeypatch.setenv(name, "1")

    assert environment() == here


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_all_code_is_run(page: Path) -> None:
    """Code without a title would be shown and never tried; `sh` is for make, pip and the like."""
    for block in blocks(page.read_text()):
        first_words = {line.split()[0] for line in block.body.splitlines() if line.strip()}

        assert block.kind in ("console", "json", "py", "python", "sh", "text", "toml", "yaml")
        assert block.title is not None or block.kind not in ("python", "yaml"), block.body
        assert (
            first_words <= {"make", "pip", "python", "harness", ".", "mkdir"} or block.kind != "sh"
        )


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_make_targets_exist(page: Path) -> None:
    """A page names no `make` target that there is not."""
    text = page.read_text()
    named = re.findall(r"`make ([a-z-]+)", text)
    for block in blocks(text):
        if block.kind == "sh":
            named += re.findall(r"^make ([a-z-]+)", block.body, re.MULTILINE)

    assert [name for name in named if name not in MAKE_TARGETS] == []
