"""Which stored failures there are of scenarios: committed ones, and those of the failure database.

A committed trace belongs to the scenario beside its folder that has the name and the file's name it
tells: a suite may be moved. Whatever it tells, nothing is imported for it.
"""

from __future__ import annotations

import contextlib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import attrs

from harness.errors import HarnessError, TraceUntrusted
from harness.explore.scenario import Scenario
from harness.plans import PARAMETER
from harness.traces import Roots, Trace, find_traces, read_trace, resolve_scenario

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

#: Where failures that are to be replayed for ever are committed, beside the file of a scenario.
COMMITTED = "regressions"
#: Where stored failures go that fail no more, within the failure database.
PAST = "past"

#: Of the failure database, so many files of a scenario are read, the newest first, and so many kinds of
#: failure replayed: it holds every failure that ever was, and a run must not become slow by it.
READ_MAX = 64
KINDS_MAX = 8


@attrs.frozen(kw_only=True)
class Stored:
    """A failure that was stored.

    Attributes:
      file: of the trace.
      trace: what it holds; an edited one is as good, as only its choices are followed.
      scenario: what it is a failure of; None: there is no such scenario any more.
      committed: whether it lies in a `regressions` folder.
      same: older files of the same kind of failure, which are not replayed.
    """

    file: Path
    trace: Trace
    scenario: Scenario | None
    committed: bool
    same: tuple[Path, ...] = ()


def committed(
    scenarios: Sequence[Scenario], *, broken: Callable[[HarnessError], None]
) -> list[Stored]:
    """The traces in the `regressions` folders beside the scenarios, by name.

    Those of scenarios that are there and were not chosen are left out.

    Args:
      scenarios: those that were chosen.
      broken: told of each file that is no trace.
    """
    found: list[Stored] = []
    for folder in dict.fromkeys(_folder(made) for made in scenarios if made.path):
        mine = [made for made in scenarios if made.path and _folder(made) == folder]
        for file in find_traces(folder / COMMITTED, only_files=False):
            try:
                trace = read_trace(file).trace
            except HarnessError as error:
                broken(error)
                continue
            made = next((made for made in mine if _is_beside(trace, made)), None)
            if made is not None or not _is_there(trace, folder):
                found.append(Stored(file=file, trace=trace, scenario=made, committed=True))
    return found


def kept(scenarios: Sequence[Scenario], folder: str | os.PathLike[str]) -> list[Stored]:
    """The surprises in a failure database: of each kind of failure of a scenario the newest.

    A failure that the scenario expects is none, and what cannot be read is passed over: these files
    come and go by themselves.
    """
    return [stored for made in scenarios for stored in _of_scenario(made, Path(folder))]


def expectation(made: Scenario, trace: Trace) -> str | None:
    """What a scenario says of a run: of its own restart plan, and of no other."""
    own = made.params.get(PARAMETER)
    return made.expectation(trace.fixes) if trace.params.get(PARAMETER, own) == own else None


def set_aside(stored: Stored) -> None:
    """Put what fails no more out of the way, so that it is said once; committed files stay."""
    if stored.committed:
        return
    with contextlib.suppress(OSError):
        past = stored.file.parent / PAST
        past.mkdir(exist_ok=True)
        for file in (stored.file, *stored.same):
            file.replace(past / file.name)


def _folder(made: Scenario) -> Path:
    return Path(made.path).resolve().parent


def _is_beside(trace: Trace, made: Scenario) -> bool:
    file, name = _named(trace)
    return name == made.name and PurePosixPath(file).name == Path(made.path).name


def _named(trace: Trace) -> tuple[str, str]:
    """The file and the name of a trace's scenario; a module as the file that it is."""
    file, _, name = trace.scenario.rpartition("::")
    if not file:
        module, _, name = trace.scenario.rpartition(":")
        file = f"{module.replace('.', '/')}.py"
    return file, name


def _is_there(trace: Trace, folder: Path) -> bool:
    """Whether a file in the folder defines the scenario; it is looked at, not imported."""
    file, name = _named(trace)
    reference = f"{PurePosixPath(file).name}::{name}"
    try:
        resolve_scenario(reference, Roots((folder,), packages={}))
    except TraceUntrusted:
        return False
    return True


def _of_scenario(made: Scenario, folder: Path) -> list[Stored]:
    kinds: dict[object, Stored] = {}
    for file in _newest(find_traces(folder, of=made.name))[:READ_MAX]:
        try:
            trace = read_trace(file).trace
        except HarnessError:
            continue
        if trace.violation is None or not _is_of(trace, made):
            continue
        if expectation(made, trace) == "violated":
            continue
        kind = (trace.fixes, trace.violation.fingerprint)
        known = kinds.get(kind)
        if known is not None:
            kinds[kind] = attrs.evolve(known, same=(*known.same, file))
        elif len(kinds) < KINDS_MAX:
            kinds[kind] = Stored(file=file, trace=trace, scenario=made, committed=False)
    return list(kinds.values())


def _is_of(trace: Trace, made: Scenario) -> bool:
    """Whether the trace was recorded of the scenario, from whichever folder above it."""
    file, name = _named(trace)
    parts = PurePosixPath(file).parts
    return name == made.name and Path(made.path).resolve().parts[-len(parts) :] == parts


def _newest(files: Sequence[Path]) -> list[Path]:
    """The newest first; of equally old ones by name."""
    aged = []
    for file in files:
        with contextlib.suppress(OSError):
            aged.append((-file.stat().st_mtime_ns, file.name, file))
    return [file for _, _, file in sorted(aged)]
