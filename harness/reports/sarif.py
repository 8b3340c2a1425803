"""SARIF 2.1.0, which code scanning reads: a result for each failure, at the lines that race.

The interleaving is a code flow: a thread flow for each task, and in `executionOrder` who went when.
Of the standard only what is used here is written down, as it stands in its schema:
https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

import msgspec

from harness.reports.checks import Place
from harness.traces.escape import terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.reports.checks import Check, Deed, Failing, Report

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
HOME = "SRCROOT"
#: Code scanning takes no more of one run.
RESULTS_MAX = 5_000
#: What is said of the two lines whose order makes the failure.
_DECIDED = ("it fails if this comes first", "and this after it")
_PLACEHOLDER = re.compile(r"\{(\d+)\}")


class _Object(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=True):
    """An object of the standard; what is empty is left out."""


class Message(_Object, kw_only=True):
    """Plain text; links in it are escaped."""

    text: str


class ArtifactLocation(_Object, kw_only=True):
    """A file below the root of the project."""

    uri: str
    uri_base_id: str = ""


class Region(_Object, kw_only=True):
    """A line."""

    start_line: int


class PhysicalLocation(_Object, kw_only=True):
    """A line of a file."""

    artifact_location: ArtifactLocation
    region: Region


class Location(_Object, kw_only=True):
    """A line, what happened there, or both."""

    id: int | msgspec.UnsetType = msgspec.UNSET
    physical_location: PhysicalLocation | msgspec.UnsetType = msgspec.UNSET
    message: Message | msgspec.UnsetType = msgspec.UNSET


class ThreadFlowLocation(_Object, kw_only=True):
    """A step of a task."""

    location: Location
    execution_order: int
    importance: Literal["important", "essential", "unimportant"] = "important"


class ThreadFlow(_Object, kw_only=True):
    """The steps of one task."""

    id: str
    locations: list[ThreadFlowLocation]


class CodeFlow(_Object, kw_only=True):
    """An interleaving."""

    message: Message
    thread_flows: list[ThreadFlow]


class Result(_Object, kw_only=True):
    """A failure."""

    rule_id: str
    rule_index: int | msgspec.UnsetType = msgspec.UNSET
    level: str
    message: Message
    locations: list[Location]
    partial_fingerprints: dict[str, str]
    related_locations: list[Location] = []
    code_flows: list[CodeFlow] = []
    baseline_state: str = ""
    suppressions: list[dict[str, str]] = []


def as_bytes(report: Report) -> bytes:
    """The document."""
    failing = [(check, one) for check in report.checks for one in _failing(check)][:RESULTS_MAX]
    rules = list(dict.fromkeys(one.property for _, one in failing))
    results = [_result(check, one, rules) for check, one in failing]
    return msgspec.json.format(msgspec.json.encode(_log(report, rules, results)), indent=1) + b"\n"


def _failing(check: Check) -> Sequence[Failing]:
    """What fails, and what is known to: else it would seem to be mended."""
    return (*(found for found in check.failing if found.known), *check.news)


def _log(report: Report, rules: Sequence[str], results: Sequence[Result]) -> dict[str, Any]:
    driver = {
        "name": "restart-harness",
        "version": _plain(report.version),
        "rules": [_rule(rule) for rule in rules],
    }
    invocation: dict[str, Any] = {"executionSuccessful": not report.error}
    if report.error:
        notice = {"level": "error", "message": {"text": _text(report.error)}}
        invocation["toolExecutionNotifications"] = [notice]
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [invocation],
        "properties": {"seed": report.seed, "outcome": _plain(report.outcome)},
        "results": results,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: str) -> dict[str, Any]:
    return {
        "id": _plain(rule),
        "shortDescription": {"text": _text(rule)},
        "fullDescription": {"text": f"There is an order of events that violates: {_text(rule)}"},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["concurrency", "reliability"], "precision": "very-high"},
    }


def _result(check: Check, found: Failing, rules: Sequence[str]) -> Result:
    places = found.places or (_start(check),)
    text = f"{check.title}: {found.message or found.property}\n\n{found.replay}"
    return Result(
        rule_id=_plain(found.property),
        rule_index=rules.index(found.property),
        level="note" if found.known else "error",
        message=Message(text=_text(text)),
        locations=[_location(places[0])],
        related_locations=[
            _location(place, number=number, text=text)
            for number, (place, text) in enumerate(zip(places, _DECIDED, strict=False), 1)
            if len(places) > 1
        ],
        partial_fingerprints=_fingerprints(check, found),
        code_flows=_flows(found),
        baseline_state="unchanged" if found.known else "",
        suppressions=[{"kind": "external"}] if found.known else [],
    )


def _start(check: Check) -> Place:
    return Place(file=check.file, line=check.line)


def _fingerprints(check: Check, found: Failing) -> dict[str, str]:
    """The second is what code scanning goes by: the same failure with another fix is another."""
    text = "\0".join([found.fingerprint, check.name, *check.fixes])
    whole = blake2b(text.encode(errors="surrogatepass"), digest_size=8).hexdigest()
    return {
        "harnessFingerprint/v1": _plain(found.fingerprint),
        "primaryLocationLineHash": f"{whole}:1",
    }


def _flows(found: Failing) -> list[CodeFlow]:
    tasks = dict.fromkeys(deed.who for deed in found.deeds if deed.who)
    flows = [
        ThreadFlow(id=_plain(who), locations=[_step(d) for d in found.deeds if d.who == who])
        for who in tasks
    ]
    if not flows:
        return []
    return [CodeFlow(message=Message(text="the order that fails"), thread_flows=flows)]


def _step(deed: Deed) -> ThreadFlowLocation:
    remark = f" ({deed.remark})" if deed.remark else ""
    text = f"{deed.order}. {deed.who}: {deed.text}{remark}"
    return ThreadFlowLocation(
        location=_location(deed.place, text=text),
        execution_order=deed.order,
        importance="essential" if deed.remark else "important",
    )


def _location(place: Place | None, *, number: int = 0, text: str = "") -> Location:
    physical = msgspec.UNSET if place is None else _physical(place)
    return Location(
        id=number or msgspec.UNSET,
        physical_location=physical,
        message=Message(text=_text(text)) if text else msgspec.UNSET,
    )


def _physical(place: Place) -> PhysicalLocation:
    file = ArtifactLocation(uri=quote(place.file, errors="surrogatepass"), uri_base_id=HOME)
    return PhysicalLocation(artifact_location=file, region=Region(start_line=place.line))


def _plain(text: str) -> str:
    """What names something."""
    return terminal(text)


def _text(text: str) -> str:
    """A message, in which nothing is a link or a placeholder."""
    return _PLACEHOLDER.sub(r"{{\1}}", terminal(text).replace("](", "] ("))
