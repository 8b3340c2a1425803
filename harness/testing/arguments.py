"""What an explored test is called with, so that no schedule hands anything to the next."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from harness.errors import CannotCopy, MutableFixture, NotForSchedules
from harness.testing.arranged import PerSchedule
from harness.testing.immutable import is_immutable

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Mapping

_PRINTED = "it would hold what all schedules print; of a failing one, the failure shows what it did"
_LOGGED = "what a schedule logs is in its interleaving, and goes nowhere else"
_TIMED = "time is virtual in every schedule already; leave it out"
_DRAWN = (
    "drawing within a schedule would make Hypothesis choose anew in each; draw what the test needs as "
    "arguments of @given"
)

#: By the package and the name of a type: why no explored test takes it.
_NO_USE = {
    ("_pytest", "CaptureFixture"): _PRINTED,
    ("_pytest", "LogCaptureFixture"): _LOGGED,
    ("_pytest", "WarningsRecorder"): "use `with pytest.warns(...)` within the test",
    ("trio", "MockClock"): _TIMED,
    ("hypothesis", "DataObject"): _DRAWN,
}

#: pytest's own, which a test looks things up in.
_LOOKED_UP = ("_pytest.config", "_pytest.fixtures")


def supplies(
    given: Mapping[str, object], *, fixtures: Collection[str], shared: Collection[str]
) -> dict[str, object]:
    """For each argument what it is, or what makes it in each schedule.

    Args:
      given: the arguments as the test runner has them.
      fixtures: names of those that are values of fixtures; the others are data.
      shared: names of those that the test says schedules may share.

    Raises:
      MutableFixture, CannotCopy, NotForSchedules: one cannot be given to many schedules.
    """
    return {
        name: value if name in shared else _supply(name, value, is_fixture=name in fixtures)
        for name, value in given.items()
    }


def _supply(name: str, value: object, *, is_fixture: bool) -> object:
    kind = type(value)
    if isinstance(value, PerSchedule):
        return value
    named = (kind.__module__.partition(".")[0], kind.__name__)
    if named == ("_pytest", "MonkeyPatch"):
        return PerSchedule(name, _fresh_patch, {"kind": kind}, is_fixture=False)
    if (reason := _NO_USE.get(named)) is not None:
        raise NotForSchedules(name, reason)
    if kind.__module__.startswith(_LOOKED_UP) or is_immutable(value):
        return value
    if is_fixture:
        raise MutableFixture(name, kind.__name__)
    return copied(name, value)


def _fresh_patch(kind: Any) -> Generator[object]:
    """A `monkeypatch` of the schedule's own."""
    patch = kind()
    try:
        yield patch
    finally:
        patch.undo()


def copied(name: str, value: object) -> PerSchedule:
    """Data, drawn or a parameter: each schedule gets a copy.

    Raises:
      CannotCopy: it cannot be copied.
    """
    try:
        copy.deepcopy(value)
    except Exception as error:  # noqa: BLE001  # whatever its type's own way to copy raises
        raise CannotCopy(name, type(value).__name__, error) from None
    return PerSchedule(name, lambda: copy.deepcopy(value), is_fixture=False)
