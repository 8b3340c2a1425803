"""Arguments are checked at the door: what cannot be is refused in one line, before anything runs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from harness.errors import BadBudget, BadScenario
from harness.kernel import clean

_NAMES = 'give names in a list: ["wait_for_load"]'


def check_whole(what: str, value: object, *, least: int) -> None:
    """`value` is a whole number of at least `least`.

    Raises:
      BadBudget: it is not.
    """
    if type(value) is not int or value < least:
        raise BadBudget(what, clean(value), f"a whole number, at least {least}")


def check_seconds(what: str, value: object, *, above: bool = False) -> None:
    """`value` is a number of seconds: at least 0, or `above` 0. Infinity is one.

    Raises:
      BadBudget: it is not.
    """
    allowed = "a number of seconds, more than 0" if above else "a number of seconds, at least 0"
    if type(value) not in (int, float) or not (value > 0 if above else value >= 0):  # type: ignore[operator]  # a number
        raise BadBudget(what, clean(value), allowed)


def checked_names(what: str, value: object) -> tuple[str, ...]:
    """Names that a scenario declares, each once, none of them empty or with a `+` in it.

    Raises:
      BadScenario: they are not.
    """
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise BadScenario(what, clean(value), _NAMES)
    names = tuple(value)
    for name in names:
        if not isinstance(name, str) or not name.strip() or name != name.strip() or "+" in name:
            raise BadScenario(what, clean(name), f"{_NAMES}; none of them with a + in it")
        if names.count(name) > 1:
            raise BadScenario(what, repr(name), "it stands there twice")
    return names


def checked_params(value: object) -> dict[str, Any]:
    """Parameters by name, with values that a trace can hold.

    Raises:
      BadScenario: they are not.
    """
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise BadScenario("params", clean(value), 'give values by name: {"markets": 2}')
    for name, item in value.items():
        try:
            json.dumps(item, allow_nan=False)
        except (TypeError, ValueError, RecursionError):
            raise BadScenario(
                f"parameter {name!r} =", clean(item), "only JSON values fit in a trace"
            ) from None
    return dict(value)
