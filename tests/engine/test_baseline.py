"""Failures that are known fail no run, and hide no others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cli import main
from tests.engine import test_command_line
from tests.engine.test_stored_failures import BLIND, WRITE, commit, edit, stored

folder = test_command_line.folder

RUN = ("run", "bank.py", "--strategy", "dfs", "--no-regressions")
KNOWN = ("--baseline", "known.json")


def entries(folder: Path) -> list[dict[str, object]]:
    """What the baseline holds."""
    found: list[dict[str, object]] = json.loads((folder / "known.json").read_text())["known"]
    return found


def results(folder: Path, *flags: str) -> tuple[int, dict[str, object], list[dict[str, object]]]:
    """The exit code, the document, and the violations of its one search."""
    code = main([*RUN, *KNOWN, *flags, "--json", "out.json"])
    document = json.loads((folder / "out.json").read_text())
    return code, document, document["runs"][0]["violations"]


def test_what_is_known_is_named_and_fails_no_run(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Writing the baseline makes it known at once."""
    assert main([*RUN, *KNOWN, "--write-baseline"]) == 0
    assert [one["property"] for one in entries(folder)] == ["main raises nothing (AssertionError)"]
    capsys.readouterr()
    code, _, violations = results(folder)

    assert code == 0
    assert [one["known"] for one in violations] == [True]
    assert "  known: main raises nothing (AssertionError); see it: " in capsys.readouterr().out


def test_a_known_failure_hides_no_other(folder: Path) -> None:
    """With `-x` the search goes on past it, to the first that is news."""
    assert main([*RUN, *KNOWN, "--write-baseline"]) == 0
    luck = 'world.choose("luck", ["good", "bad"]) == "bad"'
    edit(folder, "    assert", f"    if balance.get() == 1 and {luck}: raise KeyError\n    assert")
    code, _, violations = results(folder, "-x")

    assert code == 1
    assert [(one["known"], one["property"]) for one in violations] == [
        (True, "main raises nothing (AssertionError)"),
        (False, "main raises nothing (KeyError)"),
    ]


def test_under_another_set_of_fixes_the_same_failure_is_news(folder: Path) -> None:
    """A fix that is no fix is what nobody knew."""
    assert main([*RUN, *KNOWN, "--write-baseline"]) == 0
    edit(folder, 'if world.fix("one_step"):', 'if world.fix("one_step") and False:')

    assert results(folder, "--fix", "one_step")[0] == 1
    assert results(folder)[0] == 0


def test_what_is_known_and_was_not_seen_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not of searches that were not made."""
    assert main([*RUN, *KNOWN, "--write-baseline"]) == 0
    edit(folder, WRITE, "await balance.add(1)")
    capsys.readouterr()
    code, document, _ = results(folder)

    assert (code, document["known_unseen"]) == (0, entries(folder))
    assert (
        "known, and not seen this time: bank.py::lost_update with no fix: main raises nothing"
        in (capsys.readouterr().out)
    )
    assert results(folder, "--fix", "one_step")[1]["known_unseen"] == []


def test_a_new_baseline_keeps_what_was_not_searched_and_the_notes(folder: Path) -> None:
    """What is not seen any more goes; the order is that of the text, for small differences."""
    assert main([*RUN, *KNOWN, "--write-baseline"]) == 0
    (known,) = entries(folder)
    other = known | {"scenario": "zoo.py::other", "fingerprint": "0"}
    gone = known | {"fingerprint": "1"}
    known["note"] = "until 2.1"
    text = json.dumps({"version": 1, "known": [other, gone, known]})
    (folder / "known.json").write_text(text)

    assert main([*RUN, *KNOWN, "--write-baseline"]) == 0
    assert entries(folder) == [known, other]


def test_a_stored_failure_may_be_known(folder: Path) -> None:
    """It is said, and fails nothing."""
    commit(stored(folder))
    blind = ["run", "bank.py", *BLIND, *KNOWN]

    assert main([*blind, "--write-baseline"]) == 0
    assert main([*blind, "--json", "out.json"]) == 0
    (found,) = json.loads((folder / "out.json").read_text())["regressions"]
    assert (found["status"], found["known"], found["failed"]) == ("still fails", True, False)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "No such file"),
        ("", "it is empty"),
        ("known", "it is not JSON"),
        ("[]", "this is a list"),
        ('{"version": 2, "known": []}', "$.version"),
        ('{"version": 1, "known": [{"scenario": "x"}]}', "$.known[0]"),
        (
            '{"version": 1, "known": [{"scenario": "\\u001b[2J", "fingerprint": "1"}]}',
            "a character",
        ),
        ('{"version": 1, "known": {}, "more": 1}', "$"),
        ("[" * 10_000, "nested too deep"),
    ],
)
@pytest.mark.parametrize("flags", [(), ("--write-baseline",)])
def test_a_baseline_that_cannot_be_read_is_refused_before_the_search(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    content: str | None,
    why: str,
    flags: tuple[str, ...],
) -> None:
    """In one line; what is there and is none is not written over either."""
    if content is None and flags:
        return
    if content is not None:
        (folder / "known.json").write_text(content)
    code = main([*RUN, *KNOWN, *flags])
    printed = capsys.readouterr()

    assert (code, printed.out) == (2, "")
    assert printed.err.count("\n") == 1
    assert "cannot read the baseline" in printed.err
    assert why in printed.err


def test_a_baseline_can_only_be_written_where_one_was_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And where files can be."""
    assert main([*RUN, "--write-baseline"]) == 2
    assert "--baseline FILE with it" in capsys.readouterr().err
    assert main([*RUN, "--baseline", ".", "--write-baseline"]) == 2
    assert "it is a folder" in capsys.readouterr().err
