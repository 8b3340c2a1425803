"""What a run leaves for others: places are checked before a long search, files written after it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from harness.cli.places import append_file, check_file, write_file
from harness.cli.results import write_results
from harness.cli.settings import Settings

if TYPE_CHECKING:
    from harness.cli.app import Context
    from harness.cli.outcome import Outcome, Writer
    from harness.reports.checks import Report

Made: TypeAlias = Callable[["Report"], None]


def writers_for(settings: Settings, context: Context) -> list[Writer]:
    """What writes the reports that a run is asked for, and those that GitHub has a place for.

    Raises:
      PlaceUnwritable: a file that was asked for cannot be written.
    """
    writers: list[Writer] = []
    for file in (settings.json, settings.junitxml, settings.sarif):
        if file is not None:
            check_file(file)
    if settings.json is not None:
        writers.append(_json(settings.json, settings))
    if settings.junitxml is not None:
        writers.append(_report(_junit(settings.junitxml), settings, context))
    if settings.sarif is not None:
        writers.append(_report(_sarif(settings.sarif), settings, context))
    return [*writers, *_for_github(settings, context)]


def _for_github(settings: Settings, context: Context) -> list[Writer]:
    """Annotations and the summary of the job, in a job of GitHub's."""
    if context.environ.get("GITHUB_ACTIONS") != "true":
        return []
    summary = context.environ.get("GITHUB_STEP_SUMMARY")
    made = [_annotations(context), *([_summary(Path(summary))] if summary else [])]
    return [_report(one, settings, context) for one in made]


def _report(write: Made, settings: Settings, context: Context) -> Writer:
    def writer(outcome: Outcome) -> None:
        from harness.cli.checks import report_of, root_of

        root = root_of(context.folder, context.environ)
        write(report_of(outcome, settings, folder=context.folder, root=root))

    return writer


def _json(file: Path, settings: Settings) -> Writer:
    return lambda outcome: write_results(file, outcome, settings)


def _junit(file: Path) -> Made:
    def write(report: Report) -> None:
        from harness.reports import junit

        write_file(file, junit.as_bytes(report))

    return write


def _sarif(file: Path) -> Made:
    def write(report: Report) -> None:
        from harness.reports import sarif

        write_file(file, sarif.as_bytes(report))

    return write


def _summary(file: Path) -> Made:
    def write(report: Report) -> None:
        from harness.reports import summary

        append_file(file, summary.as_markdown(report).encode())

    return write


def _annotations(context: Context) -> Made:
    def write(report: Report) -> None:
        from harness.reports.annotations import lines

        # Not through what makes output safe: these are commands, made safe where they are made.
        for line in lines(report):
            context.out.write(f"{line}\n")
        context.out.flush()

    return write
