"""What each command does, from its arguments to its exit code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.baseline import baseline_for
from harness.cli.blame import placed
from harness.cli.complain import complain
from harness.cli.exit_codes import ExitCode
from harness.cli.job import jobs
from harness.cli.places import check_folder
from harness.cli.selection import label, select
from harness.cli.settings import Settings
from harness.cli.sources import settings_from
from harness.cli.suite import run_suite
from harness.cli.terminal import TerminalReporter
from harness.cli.written import writers_for
from harness.errors import FileInTheWay, FolderMissing, HarnessError, NoFileName, PlaceUnwritable
from harness.reports import interleaving
from harness.visible import visible

if TYPE_CHECKING:
    from harness.cli.app import Context
    from harness.explore import Scenario


def run(paths: Sequence[str], given: Mapping[str, object], context: Context) -> ExitCode:
    """Search scenarios for violations."""
    settings = _settings(given, context)
    scenarios, broken = _selected(paths, settings, context)
    todo = jobs(scenarios, settings)
    if settings.artifacts is not None:
        check_folder(settings.artifacts)
    baseline = baseline_for(settings)
    return run_suite(
        todo,
        settings,
        engine=context.engine,
        reporter=TerminalReporter(out=context.out, settings=settings, folder=context.folder),
        broken=broken,
        baseline=baseline,
        writers=writers_for(settings, context),
    )


def list_scenarios(paths: Sequence[str], given: Mapping[str, object], context: Context) -> ExitCode:
    """Print the scenarios that `run` would run, with what they say of themselves."""
    found, broken = _selected(paths, _settings(given, context), context)
    labels = [label(scenario, context.folder) for scenario in found]
    width = max(map(len, labels))
    for scenario, name in zip(found, labels, strict=True):
        summary = scenario.doc.partition("\n")[0]
        _say(f"{name:{width}}  {summary}".rstrip(), context)
    for error in broken:
        complain(placed(error))
    return ExitCode.USAGE if broken else ExitCode.EXPECTED


def replay(file: str, context: Context) -> ExitCode:
    """Play a recorded run back; that it breaks again what it broke is what a replay is for."""
    again = context.engine.replay(context.folder / file, announce=lambda line: _say(line, context))
    if again.violation is None:
        _say("replayed to the end; nothing is violated", context)
        return ExitCode.EXPECTED
    for line in interleaving.as_text(interleaving.interleaving(again.trace)):
        _say(line, context)
    _say(f"replayed to the end; violated: {again.violation.property}", context)
    return ExitCode.VIOLATION


def new(file: str, context: Context) -> ExitCode:
    """Write a scenario to begin with; nothing is ever overwritten.

    Raises:
      NoFileName: it is a folder, or nothing.
      FolderMissing: the folder is not there.
      FileInTheWay: the file is.
    """
    if not Path(file).name or (context.folder / file).is_dir():
        raise NoFileName(file)
    path = Path(file).with_suffix(".py")
    target = context.folder / path
    if not target.parent.is_dir():
        raise FolderMissing(path.parent)
    try:
        with target.open("xb") as opened, _or_not_at_all(target):
            opened.write(starting_point().encode())
            opened.flush()
    except FileExistsError:
        raise FileInTheWay(path) from None
    except OSError as error:
        raise PlaceUnwritable(path, error.strerror or error) from None
    _say(f"wrote {path}; run it:\n\n  harness run {path} --scorecard", context)
    return ExitCode.EXPECTED


@contextmanager
def _or_not_at_all(made: Path) -> Iterator[None]:
    """A file that could not be written whole goes again."""
    try:
        yield
    except OSError:
        made.unlink(missing_ok=True)
        raise


def starting_point() -> str:
    """The text of a first scenario: the one that the README opens with."""
    return resources.files("harness.cli").joinpath("starting_point.txt").read_text("utf-8")


def _settings(given: Mapping[str, object], context: Context) -> Settings:
    return settings_from(given, environ=context.environ, folder=context.folder)


def _selected(
    paths: Sequence[str], settings: Settings, context: Context
) -> tuple[list[Scenario], list[HarnessError]]:
    return select(paths, settings, engine=context.engine, folder=context.folder)


def _say(text: str, context: Context) -> None:
    print("\n".join(map(visible, text.split("\n"))), file=context.out, flush=True)
