"""Reports for other programs: each can be read back, and what a scenario says is text in it."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

import attrs
from hypothesis import given, strategies as st
from junitparser import JUnitXml
from markdown_it import MarkdownIt

from harness.reports import junit, sarif, summary
from harness.reports.annotations import SHOWN_MAX, lines
from harness.reports.checks import Check, Report
from harness.traces.escape import terminal
from tests.unit.reports.hostile import HOSTILE, hostile

ANYTHING = st.text(st.characters(exclude_categories=()), max_size=40)
PASSED = Check(file="suite/restart.py", name="restart", state="passed", verdict="exhausted")


def test_junit_has_a_case_for_each_check() -> None:
    """Failures, what is inconclusive and the error count; what was interrupted is skipped."""
    document = JUnitXml.fromstring(junit.as_bytes(hostile()))
    names = [suite.name for suite in document]

    assert names == ["stored failures", "searches", "harness"]
    assert (document.tests, document.failures, document.errors, document.skipped) == (5, 3, 1, 1)


@given(text=ANYTHING)
def test_junit_holds_any_text(text: str) -> None:
    """XML has no escape for control characters: they are shown, and what is left is what was said."""
    root = ET.fromstring(junit.as_bytes(hostile(text)))
    kinds = {element.tag for element in root.iter()}

    assert kinds <= {
        "testsuites", "testsuite", "properties", "property", "testcase", "failure", "error",
        "skipped", "system-out",
    }  # fmt: skip
    assert len(root.findall(".//testcase")) == 4 + bool(text)


def test_junit_says_how_to_see_a_failure_again() -> None:
    """In the text of the failure, where every CI system shows it."""
    root = ET.fromstring(junit.as_bytes(hostile("plain")))
    failure = root.find(".//failure[@type='violation']")

    assert failure is not None
    assert str(failure.text).endswith("harness replay plain")


def results(report: Report) -> list[dict[str, Any]]:
    """The results of the one run of a SARIF document."""
    (run,) = json.loads(sarif.as_bytes(report))["runs"]
    found: list[dict[str, Any]] = run["results"]
    return found


def test_sarif_has_a_result_for_each_failure_at_the_lines_that_race() -> None:
    """The first of them is the place; both are related; the interleaving is a flow."""
    known, failed, again = results(hostile("a b.py"))

    assert [one["level"] for one in (known, failed, again)] == ["note", "error", "error"]
    assert known["suppressions"] == [{"kind": "external"}]
    physical = failed["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"] == {"uri": "a%20b.py", "uriBaseId": "SRCROOT"}
    assert physical["region"] == {"startLine": 3}
    related = [one["physicalLocation"]["region"]["startLine"] for one in failed["relatedLocations"]]
    assert related == [3, 4]
    (flow,) = failed["codeFlows"][0]["threadFlows"]
    assert flow["locations"][0]["executionOrder"] == 1


def test_sarif_tells_the_same_failure_under_other_fixes_apart() -> None:
    """Code scanning would take them for one, and close it when either is mended."""
    (run, *_) = hostile("x").checks
    other = attrs.evolve(run, fixes=("y",))
    found = results(Report(checks=(run, other), outcome="", seed=0))
    prints = [one["partialFingerprints"] for one in found if one["level"] == "error"]

    assert prints[0]["harnessFingerprint/v1"] == prints[1]["harnessFingerprint/v1"]
    assert prints[0]["primaryLocationLineHash"] != prints[1]["primaryLocationLineHash"]


@given(text=ANYTHING)
def test_sarif_is_plain_text_with_relative_addresses(text: str) -> None:
    """No link, no placeholder, nothing that a terminal obeys; every rule that is used is there once."""
    written = sarif.as_bytes(hostile(text))
    (run,) = json.loads(written)["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]

    assert len(rules) == len(set(rules)) == 1
    for one in run["results"]:
        assert rules[one["ruleIndex"]] == one["ruleId"]
        assert not re.search(r"\]\(|(?<!\{)\{\d+\}", one["message"]["text"])
        uri = one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"[\w.~%/-]*", uri, re.ASCII)
    assert terminal(text) == text or text not in written.decode()


def obeyed(line: str) -> tuple[str, dict[str, str], str]:
    """What GitHub's runner takes a line for: command, properties, message."""
    found = re.fullmatch(r"::(\w+) ([^:]*)::(.*)", line)
    assert found is not None, line
    pairs = (tuple(pair.split("=", 1)) for pair in found[2].split(","))
    return found[1], dict(pairs), found[3]


def test_an_annotation_is_one_command() -> None:
    """Whatever the texts say: no further line, no further property, no other command."""
    commands = [obeyed(line) for line in lines(hostile())[1:]]

    assert [line.count("\n") + line.count("\r") for line in lines(hostile())] == [0] * 4
    assert [command for command, _, _ in commands] == ["error"] * 3
    assert all([*properties] == ["file", "line", "title"] for _, properties, _ in commands)
    assert lines(hostile())[0].startswith("::error title=harness::")


def test_annotations_are_at_the_line_of_the_failure_and_no_more_than_are_shown() -> None:
    """Where no line is known, at the scenario."""
    (failed, *_) = hostile("x").checks
    surprise = attrs.evolve(PASSED, state="failed", said="expected to be violated", line=7)
    report = Report(checks=(failed, surprise, *[failed] * 20), outcome="", seed=0)

    assert len(lines(report)) == SHOWN_MAX
    assert obeyed(lines(report)[0])[1] == {"file": "x", "line": "3", "title": "x (x)"}
    assert obeyed(lines(report)[1])[1]["line"] == "7"
    assert obeyed(lines(report)[1])[2] == "expected to be violated"


class Tags(HTMLParser):
    """The tags of a document, with their attributes, and its text, but for what is preformatted."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self._preformatted = False
        self.feed(document)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Called for each one that begins."""
        self.found.add(tag)
        self.attributes += attributes
        self._preformatted = self._preformatted or tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        """And for each that ends."""
        self._preformatted = self._preformatted and tag != "pre"

    def handle_data(self, data: str) -> None:
        """And for what stands between; GitHub makes no mention of what is preformatted."""
        self.text += "" if self._preformatted else data


ALLOWED = {"h3", "h4", "table", "thead", "tbody", "tr", "th", "td", "code", "pre", "p", "strong"}


@given(text=st.one_of(st.just(HOSTILE), ANYTHING))
def test_a_summary_is_what_was_meant_to_be_markdown(text: str) -> None:
    """A renderer makes of it our headings and tables, and of what a scenario says nothing but text."""
    renderer = MarkdownIt("commonmark", {"html": True}).enable("table")
    tags = Tags(renderer.render(summary.as_markdown(hostile(text))))

    assert tags.found <= ALLOWED
    assert {name for name, _ in tags.attributes} <= {"style"}  # of the last column
    assert not re.search(r"[@#]\w", tags.text)


def test_a_summary_is_no_longer_than_github_takes() -> None:
    """Tables are cut, and so are failures."""
    (failed, *_) = hostile("x" * 9_000).checks
    report = Report(checks=(failed,) * 3_000, outcome="violation", seed=0)
    written = summary.as_markdown(report)

    assert len(written.encode()) < 1 << 20
    assert "### harness: violation" in written
