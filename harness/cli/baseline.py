"""`--baseline FILE`: failures that are known, so that a run fails only by what is new.

A failure is known by its fingerprint, of a scenario under a set of fixes: the same failure is news where
a fix was to prevent it. Of the scenario's place only the file's name counts, so that a suite may be
moved.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import attrs
import msgspec

from harness.cli.places import check_file, write_json
from harness.cli.settings import Settings
from harness.errors import BaselineUnusable, SettingInvalid, TraceUnreadable
from harness.traces import DEFAULT_REDACTOR
from harness.traces.format import Unfit, fitted, read
from harness.traces.load import json_object, read_bytes

if TYPE_CHECKING:
    from harness.explore import Violation

Search: TypeAlias = tuple[str, tuple[str, ...]]
Key: TypeAlias = tuple[str, tuple[str, ...], str]


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, order=True):
    """One known failure.

    Attributes:
      scenario: "path/to/file.py::name".
      fixes: that were switched on, sorted.
      what: the property that is broken, for people.
      fingerprint: of the failure.
      note: for people: why it is there, and until when.
    """

    scenario: str
    fixes: tuple[str, ...] = ()
    what: str = msgspec.field(default="", name="property")
    fingerprint: Annotated[str, msgspec.Meta(min_length=1)]
    note: str = ""

    @property
    def key(self) -> Key:
        """What it is known by."""
        return (*self.search, self.fingerprint)

    @property
    def search(self) -> Search:
        """Which searches can find it."""
        return search_of(self.scenario, self.fixes)


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: Literal[1]
    known: list[Entry]


@attrs.frozen
class Baseline:
    """Known failures; none without a file."""

    entries: tuple[Entry, ...] = ()
    _keys: frozenset[Key] = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_keys", frozenset(entry.key for entry in self.entries))

    def knows(self, violation: Violation) -> bool:
        """Whether it is one of them."""
        return entry_of(violation).key in self._keys


def entry_of(violation: Violation) -> Entry:
    """What a baseline holds of a failure."""
    return Entry(
        scenario=violation.trace.scenario,
        fixes=tuple(sorted(violation.trace.fixes)),
        what=DEFAULT_REDACTOR.text(violation.property),
        fingerprint=violation.fingerprint,
    )


def search_of(scenario: str, fixes: Iterable[str]) -> Search:
    """A scenario, as traces name it, under a set of fixes: told by its file's name and its own."""
    file, _, name = scenario.rpartition("::")
    if not file:
        module, _, name = scenario.rpartition(":")
        file = f"{module.rpartition('.')[2]}.py"
    return f"{PurePosixPath(file).name}::{name}", tuple(sorted(fixes))


def baseline_for(settings: Settings) -> Baseline:
    """The baseline that a run is asked to respect; an empty one if it is only to be written.

    Raises:
      SettingInvalid: one is to be written, and nowhere.
      BaselineUnusable, PlaceUnwritable: it cannot be read, or not be written.
    """
    file = settings.baseline
    if file is None:
        if settings.write_baseline:
            raise SettingInvalid("--write-baseline", "true", "--baseline FILE with it")
        return Baseline()
    if settings.write_baseline:
        check_file(file)
        if not os.path.lexists(file):
            return Baseline()
    return read_baseline(file)


def read_baseline(file: Path) -> Baseline:
    """The known failures in a file.

    Raises:
      BaselineUnusable: it is missing, no JSON, or says something else.
    """
    try:
        content = fitted(json_object(read_bytes(file)), read)
        return Baseline(tuple(msgspec.convert(content, _File).known))
    except TraceUnreadable as error:
        raise BaselineUnusable(file, error.reason) from None
    except (Unfit, msgspec.ValidationError) as error:
        raise BaselineUnusable(file, error) from None


def write_baseline(file: Path, entries: Sequence[Entry]) -> None:
    """Write known failures, in an order that makes for small differences.

    Raises:
      PlaceUnwritable: the place refuses it.
    """
    unique = {entry.key: entry for entry in sorted(entries)}
    write_json(file, _File(version=1, known=list(unique.values())))
