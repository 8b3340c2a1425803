"""Readers: each turns what somebody wrote, as text or as a TOML value, into one kind of value.

A reader takes the written value and the folder that relative paths start from. It raises
`ValueError` with what it wanted, as a noun phrase: "a whole number of at least 1".
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal, TypeAlias

Reader: TypeAlias = Callable[[object, Path], object]
Require: TypeAlias = Literal["exhausted"] | int

_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}


def text(value: object, _base: Path) -> str:
    """Some text that is not blank."""
    if isinstance(value, str) and value.strip():
        return value.strip()
    raise ValueError("some text")


def switch(value: object, _base: Path) -> bool:
    """True or False, in the words that environment variables are written in."""
    if isinstance(value, bool):
        return value
    words = {"1": True, "true": True, "yes": True, "on": True}
    words |= {"0": False, "false": False, "no": False, "off": False}
    if isinstance(value, str) and value.strip().lower() in words:
        return words[value.strip().lower()]
    raise ValueError("true or false")


def whole_number(*, at_least: int | None = None, at_most: int | None = None) -> Reader:
    """A whole number; text may be hexadecimal, as in 0x5eed."""
    wanted = "a whole number" + ("" if at_least is None else f" of at least {at_least}")
    wanted += "" if at_most is None else f" and at most {at_most}"
    least = -math.inf if at_least is None else at_least
    most = math.inf if at_most is None else at_most

    def read(value: object, _base: Path) -> int:
        number = _whole(value)
        if number is None or not least <= number <= most:
            raise ValueError(wanted)
        return number

    return read


def _whole(value: object) -> int | None:
    if isinstance(value, str):
        try:
            return int(value, 16 if "0x" in value.lower() else 10)
        except ValueError:
            return None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def duration_s(value: object, _base: Path) -> float:
    """Seconds from "30s", "500ms", "5m", "1h30m", or from a bare number of seconds."""
    seconds = math.nan
    if isinstance(value, str):
        seconds = _seconds(value.strip().lower())
    elif isinstance(value, int | float) and not isinstance(value, bool):
        seconds = float(value)
    if not 0 < seconds < math.inf:
        raise ValueError("a duration such as 30s, 5m or 1h30m")
    return seconds


def _seconds(written: str) -> float:
    """Not a number when it is no duration."""
    if re.fullmatch(r"\d+(\.\d+)?", written):
        return float(written)
    parts = _PART.findall(written)
    if "".join(number + unit for number, unit in parts) != written or not parts:
        return math.nan
    return sum(float(number) * _UNIT_S[unit] for number, unit in parts)


def requirement(value: object, base: Path) -> Require:
    """What a pass needs: "exhausted", or a number of schedules."""
    if isinstance(value, str) and value.strip().lower() == "exhausted":
        return "exhausted"
    try:
        number = whole_number(at_least=1)(value, base)
    except ValueError:
        raise ValueError("`exhausted` or a number of schedules of at least 1") from None
    assert isinstance(number, int)
    return number


def path(value: object, base: Path) -> Path:
    """A path; a relative one starts from where it was written."""
    return base / Path(text(value, base)).expanduser()


def names(value: object, _base: Path) -> tuple[str, ...]:
    """Several names: a list, or text with commas between them."""
    written = value.split(",") if isinstance(value, str) else value
    if isinstance(written, Sequence):
        stripped = [name.strip() for name in written if isinstance(name, str)]
        if len(stripped) == len(written) and all(stripped):
            return tuple(stripped)
    raise ValueError("names, with commas between them")


def name_sets(value: object, base: Path) -> tuple[tuple[str, ...], ...]:
    """Several sets of names, each written `a+b`."""
    wanted = "sets of names such as a+b, with commas between them"
    try:
        sets = [tuple(part.strip() for part in one.split("+")) for one in names(value, base)]
    except ValueError:
        raise ValueError(wanted) from None
    if not all(name for one in sets for name in one):
        raise ValueError(wanted)
    return tuple(sets)


def paths(value: object, base: Path) -> tuple[Path, ...]:
    """Several paths: a list, or text with commas between them."""
    return tuple(path(one, base) for one in names(value, base))


def fault_budgets(value: object, base: Path) -> dict[str, int]:
    """How often each kind of fault may strike: `kill=1,drop=2`, a table, or `none`."""
    wanted = "kind=number with commas between them, as in kill=1,drop=2, or none"
    if value in ("none", ("none",), ["none"]):
        return {}
    try:
        return {kind: _as_budget(budget, base) for kind, budget in assignments(value, base).items()}
    except ValueError:
        raise ValueError(wanted) from None


def _as_budget(value: object, base: Path) -> int:
    number = whole_number(at_least=0)(value, base)
    assert isinstance(number, int)
    return number


def assignments(value: object, base: Path) -> dict[str, object]:
    """Values by name: a table, or `NAME=VALUE` (several, or one text with commas between them)."""
    if isinstance(value, Mapping):
        return {str(name): one for name, one in value.items()}
    wanted = "NAME=VALUE"
    try:
        written = names(value, base)
    except ValueError:
        raise ValueError(wanted) from None
    pairs = [one.partition("=") for one in written]
    if not all(equals and name.strip() for name, equals, _ in pairs):
        raise ValueError(wanted)
    return {name.strip(): given.strip() for name, _, given in pairs}
