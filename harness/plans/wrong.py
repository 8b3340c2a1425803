"""What is wrong with the values of a plan, for people who write TOML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, get_args

from harness.plans.moves import AnyMove, How, Ready
from harness.visible import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

_WHERE = re.compile(r" - at `\$(?:\.moves\[(?P<index>\d+)\])?\.?(?P<field>[^`]*)`$")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*)`$", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<name>.*)`$")
_WORDS = {
    "`object`": "a table",
    "`array`": "a list",
    "`str`": "text",
    "`float`": "a number",
    "`float | null`": "a number",
    "`int`": "a whole number",
    "`bool`": "true or false",
}
_OPTIONS = {"how": get_args(How), "ready": get_args(Ready)}
#: By what stands after `do =` in a file.
KINDS: dict[str, Any] = {kind.__struct_config__.tag: kind for kind in get_args(AnyMove)}


def in_words(text: str, tree: object) -> str:
    """What msgspec says of `tree`: where, what, and what there is instead."""
    found = _WHERE.search(text)
    text, field = (text, "") if found is None else (text[: found.start()], found["field"])
    number = None if found is None or found["index"] is None else int(found["index"])
    told = _told(text, field, None if number is None else tree["moves"][number])  # type: ignore[index]  # msgspec has been there
    place = [] if number is None else [f"move {number + 1}"]
    return one_line(
        ": ".join([", ".join([*place, *([field] if field else [])]), told]).lstrip(": ")
    )


def _told(text: str, field: str, move: Any) -> str:
    kind = KINDS.get(str(move.get("do"))) if isinstance(move, dict) else None
    unknown, missing = _UNKNOWN.match(text), _MISSING.match(text)
    if field == "do" or (missing and missing["name"] == "do"):
        return f"say do = {_one_of(KINDS)}"
    if field in _OPTIONS:
        return f"say {field} = {_one_of(_OPTIONS[field])}"
    if unknown:
        known = ["moves", "name", "fixes"] if kind is None else kind.__struct_fields__
        whose = "a plan" if kind is None else move["do"]
        return f"there is no {unknown['name']!r}; {whose} has {', '.join(known)}"
    if missing:
        return f"{missing['name']} is missing"
    for theirs, ours in _WORDS.items():
        text = text.replace(theirs, ours)
    return _lower(text)


def _one_of(known: Iterable[str]) -> str:
    return " or ".join(f'"{each}"' for each in known)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
