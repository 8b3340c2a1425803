"""An unfinished exhaustive search as a value, and as a file beside the traces.

What is stored is data, read within the limits that hold for traces, and believed as little as can be:
failures are not stored but the schedules that showed them, to be run again. The checksum guards
against damage, not against forgery: whoever may write the file may as well claim that a search is over.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from harness.errors import SearchUnusable, SearchUnwritable, TraceUnreadable
from harness.traces.format import Choice, Unfit, checksum, fitted, read, stored
from harness.traces.load import json_object, read_bytes

if TYPE_CHECKING:
    from pathlib import Path

VERSION = 1
SUFFIX = ".search.json"

Natural = Annotated[int, msgspec.Meta(ge=0)]
Positive = Annotated[int, msgspec.Meta(ge=1)]


class _Data(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Identity(_Data, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which search it is. One that differs in any of this is another.

    Attributes:
      scenario: its file below the project, and its name.
      source: a digest of that file.
      params, fixes, strategy, seed: what was asked for; parameters without secrets, as in traces.
      model: time, fairness and bounds, in words.
      trio, harness: versions.
    """

    scenario: str
    source: str
    params: dict[str, Any]
    fixes: tuple[str, ...]
    strategy: str
    seed: int
    model: str
    trio: str
    harness: str

    @property
    def file_name(self) -> str:
        """What a file of it is called: the same for the same request, whatever became of the code."""
        asked = [self.scenario, self.params, self.fixes, self.strategy, self.seed, self.model]
        digest = hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode())
        name = re.sub(r"[^A-Za-z0-9_]+", "-", self.scenario.rpartition(":")[2]).strip("-")[:80]
        return f"{name or 'search'}-{digest.hexdigest()[:12]}{SUFFIX}"


class Witness(_Data, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A schedule that was run, and the digest of what it did."""

    schedule: tuple[Choice, ...]
    digest: str


class SavedKind(_Data, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kind of failure, by the schedule that showed it first."""

    fingerprint: str
    first_seen: Positive
    seen: Positive
    witness: Witness


class SavedScorecard(_Data, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The scorecard so far; `costs` are pairs (cost, schedules)."""

    schedules: Natural
    corrupted: Natural
    caught: Natural
    late: Natural
    passed: Natural
    vacuous: Natural
    escaped: Natural
    unused: Natural
    violating: Natural
    costs: tuple[tuple[Natural, Positive], ...]
    resolution: Positive
    worst: Natural


class SavedSearch(_Data, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A search between two schedules: `harness.explore(..., resume=...)` goes on with it.

    Attributes:
      version: of this format.
      identity: which search it is.
      schedules, sampled, steps, cut, cut_where, undecided, wall_s, reached, scorecard, faults: what it
        came to so far.
      kinds: the failures so far.
      witness: one of its last schedules; if it goes another way now, so may all others.
      state: the strategy's own.
    """

    version: int = VERSION
    identity: Identity
    schedules: Positive
    sampled: Natural
    steps: Natural
    cut: Natural
    cut_where: str
    undecided: dict[str, Positive] = {}
    wall_s: Annotated[float, msgspec.Meta(ge=0)]
    reached: dict[str, bool]
    scorecard: SavedScorecard
    faults: dict[str, dict[str, Natural]] = {}
    kinds: tuple[SavedKind, ...]
    witness: Witness
    state: dict[str, Any]


def save_search(search: SavedSearch, directory: Path) -> Path:
    """Write it below `directory`, over an older one of the same request; whole, or not at all.

    Raises:
      SearchUnwritable: the directory refuses it, or a value in it is none that JSON has.
    """
    path = directory / search.identity.file_name
    try:
        content = fitted(_plain(search), stored)
        text = json.dumps({**content, "checksum": checksum(content)}, indent=1)
        with NamedTemporaryFile("w", dir=directory, suffix=".tmp", delete=False) as draft:
            try:
                draft.write(text + "\n")
                draft.close()
                os.replace(draft.name, path)  # noqa: PTH105  # its result is of no use
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(draft.name)  # noqa: PTH108  # a name, not a path
                raise
    except (OSError, Unfit) as error:
        raise SearchUnwritable(path, getattr(error, "strerror", None) or error) from None
    return path


def _plain(search: SavedSearch) -> dict[str, Any]:
    """Its fields as plain values; not `params`, of which msgspec would make what they are not."""
    bare = msgspec.structs.replace(search.identity, params={})
    content: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(search, identity=bare))
    content["identity"]["params"] = search.identity.params
    return content


def load_search(path: Path) -> SavedSearch:
    """The search in a file.

    Raises:
      SearchUnusable: it is missing, damaged, of another format, or none.
    """
    try:
        content = json_object(read_bytes(path))
        claimed = content.pop("checksum", None)
        _check_version(content.get("version"))
        content = fitted(content, read)
        _check_intact(claimed, checksum(content))
        return msgspec.convert(content, SavedSearch)
    except TraceUnreadable as error:
        raise SearchUnusable(path, error.reason) from None
    except (Unfit, msgspec.ValidationError) as error:
        raise SearchUnusable(path, error) from None


def _check_version(version: object) -> None:
    if type(version) is not int or version != VERSION:
        raise Unfit(f"its format version is {version!a}, this harness reads {VERSION}")


def _check_intact(claimed: object, found: str) -> None:
    if claimed != found:
        raise Unfit("it was edited or damaged (its checksum does not match)")
