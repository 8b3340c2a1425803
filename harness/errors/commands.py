"""The command line, its settings, and the files and scenarios it is pointed at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors.base import HarnessError
from harness.visible import one_line, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence


class BadScenario(HarnessError):
    """A scenario declares something that cannot be."""

    def __init__(self, what: str, value: str, instead: str) -> None:
        super().__init__(f"bad {what} {value} for a scenario: {instead}")


class SettingInvalid(HarnessError):
    """A flag, an environment variable or a line of pyproject.toml has a value it cannot have."""

    def __init__(self, where: str, written: object, wanted: str) -> None:
        super().__init__(f"{where} = {one_line(repr(written), length_max=80)}: wanted {wanted}")


class SettingUnknown(HarnessError):
    """A source of settings names one that there is not."""

    def __init__(self, written: str, nearest: str | None, known: Sequence[str]) -> None:
        advice = f"did you mean {nearest}?" if nearest else f"there are: {', '.join(known)}"
        super().__init__(f"{one_line(written)} is no setting; {advice}")


class ProfileUnknown(HarnessError):
    """A profile was asked for that is neither built in nor in pyproject.toml."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"there is no profile {one_line(name)}; there are: {', '.join(known)}")


class ProjectFileInvalid(HarnessError):
    """The pyproject.toml that settings should come from cannot be read."""

    def __init__(self, file: object, reason: str) -> None:
        super().__init__(f"cannot read settings from {one_line(file)}: {one_line(reason)}")


class BaselineUnusable(HarnessError):
    """The file of known failures cannot be read."""

    def __init__(self, file: object, reason: object) -> None:
        super().__init__(
            f"cannot read the baseline {one_line(file)}: {one_line(reason)} (--write-baseline makes one)"
        )


class FolderMissing(HarnessError):
    """A new file should go into a folder that is not there."""

    def __init__(self, folder: object) -> None:
        super().__init__(f"there is no folder {one_line(folder)}; make it first")


class NothingSelected(HarnessError):
    """No scenario is left to run."""

    exit_code = 5

    def __init__(self, places: Sequence[str], expression: str | None) -> None:
        if not places:
            text = "no scenarios here: name a file, or begin one with `harness new`"
        elif expression is None:
            text = f"no scenarios in {', '.join(map(one_line, places))}"
        else:
            text = f"no scenario matches {one_line(expression)}; `harness list` shows their names"
        super().__init__(text)


class NoFileName(HarnessError):
    """A new file has no name."""

    def __init__(self, written: object) -> None:
        super().__init__(f"{one_line(written)!r} names no file; say one, as in restart.py")


class FileInTheWay(HarnessError):
    """A new file would replace one that is there."""

    def __init__(self, path: object) -> None:
        super().__init__(f"{one_line(path)} is there already; choose another name")


class ScenarioNotFound(HarnessError):
    """A scenario was named that is not there."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"no scenario at {one_line(what)}: {reason}")


class EndsProcess(HarnessError):
    """A file that should define scenarios would end the process where it is imported."""

    def __init__(self, call: str) -> None:
        super().__init__(f"{call} would end the process, and the search with it")


class ScenarioImportFailed(HarnessError):
    """A file that should define scenarios raised when it was imported."""

    def __init__(self, path: str, line: int | None, error: BaseException) -> None:
        where = f"{path}:{line}" if line else path
        words = text_of(error)
        what = f"{type(error).__name__}: {words}" if words else type(error).__name__
        super().__init__(f"cannot import {one_line(where)}: {one_line(what)}")
