"""Whether a value can be seen by one schedule after the other without telling it anything."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import fractions
import functools
import inspect
import pathlib
import re
import types
import uuid
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Values of these types cannot be changed.
_ATOMS = (
    *(type(None), bool, int, float, complex, str, bytes, range, type(...), type(NotImplemented)),
    *(dt.date, dt.time, dt.timedelta, dt.tzinfo),
    *(decimal.Decimal, fractions.Fraction, uuid.UUID, pathlib.PurePath, re.Pattern, enum.Enum),
    *(type, types.ModuleType, types.FunctionType, types.GenericAlias, types.UnionType),
)

#: Deeper than this nobody nests constants: it is a cycle.
_DEPTH_MAX = 50


def is_immutable(value: object, depth: int = 0) -> bool:
    """Whether nothing in a value can be changed, as far as its types say.

    Functions, classes and modules count as such: their author shares them knowingly. Tuples, frozen
    sets, frozen attrs, dataclasses and msgspec structs do if what they hold does.
    """
    if depth > _DEPTH_MAX:
        return False
    if isinstance(value, _ATOMS) or type(value) is object:
        return True
    parts = _parts(value)
    return parts is not None and all(is_immutable(part, depth + 1) for part in parts)


def _parts(value: object) -> Iterable[object] | None:
    """What a frozen container holds; None for what can be changed itself."""
    kind = type(value)
    match value:
        case tuple() | frozenset():
            return value
        case types.MethodType() | types.BuiltinMethodType():
            return (value.__self__,)
        case functools.partial():
            return (value.func, *value.args, *value.keywords.values())
    if attrs.has(kind):
        frozen = kind.__setattr__.__name__ == "_frozen_setattrs"  # as attrs calls it
        return [getattr(value, field.name) for field in attrs.fields(kind)] if frozen else None
    if (params := getattr(kind, "__dataclass_params__", None)) is not None:
        fields: dict[str, object] = getattr(kind, "__dataclass_fields__", {})
        return [getattr(value, name) for name in fields] if params.frozen else None
    if (config := inspect.getattr_static(kind, "__struct_config__", None)) is not None:
        names = getattr(kind, "__struct_fields__", ())
        return [getattr(value, name) for name in names] if config.frozen else None
    return None
