"""`-p NAME=VALUE`: the text becomes a value of the type that the parameter's default has."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path

from harness.cli import reading
from harness.errors import SettingInvalid, UnknownParameter


def read_parameters(
    written: Mapping[str, object], defaults: Mapping[str, object]
) -> dict[str, object]:
    """The parameters that were given, as values of the types of `defaults`.

    Raises:
      UnknownParameter: the scenario has none of that name.
      SettingInvalid: the text is no value of the parameter's type.
    """
    values: dict[str, object] = {}
    for name, value in written.items():
        if name not in defaults:
            raise UnknownParameter(name, list(defaults))
        values[name] = read_value(name, value, defaults[name])
    return values


def read_value(name: str, value: object, default: object) -> object:
    """One parameter's value; text is read, and what has the right type already is kept."""
    kind = type(default)
    try:
        if kind is bool:
            return reading.switch(value, Path())
        if kind is int:
            return reading.whole_number()(value, Path())
        if kind in (float, Decimal):
            return number(value, kind)
        if kind is str or default is None:
            return value
    except ValueError as error:
        raise SettingInvalid(f"-p {name}", value, str(error)) from None
    raise SettingInvalid(f"-p {name}", value, f"a {kind.__name__}, which no text can be read as")


def number(value: object, kind: type) -> object:
    """A number of the kind asked for; neither infinite nor undefined."""
    try:
        read = Decimal(str(value))
    except InvalidOperation:
        read = Decimal("nan")
    if isinstance(value, bool) or not read.is_finite():
        raise ValueError("a number")
    return kind(read)
