"""The files that a run leaves for others: checked before a long search, written after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.cli.places import check_file
from harness.cli.results import write_results
from harness.cli.settings import Settings

if TYPE_CHECKING:
    from harness.cli.suite import Outcome, Writer


def writers_for(settings: Settings) -> list[Writer]:
    """What writes the files that a run is asked for.

    Raises:
      PlaceUnwritable: one of them cannot be written.
    """
    writers: list[Writer] = []
    if settings.json is not None:
        check_file(settings.json)
        writers.append(_json(settings))
    return writers


def _json(settings: Settings) -> Writer:
    file = settings.json
    assert file is not None

    def write(outcome: Outcome) -> None:
        write_results(file, outcome, settings)

    return write
