"""What strangers wrote, as it may be shown in an error, on a terminal, in a runner's log."""

from __future__ import annotations

import re

# Texts quote what strangers wrote (file names, keys, values). A terminal obeys control
# characters, bidi overrides reorder what is read, zero-width characters hide, and lone surrogates
# cannot be printed at all. GitHub's runner obeys `##[` anywhere in a line and `::` at its start
# (actions/runner, ActionCommand.cs).
UNSAFE_CHARACTERS = (
    "\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
)
_unsafe = re.compile(rf"[{UNSAFE_CHARACTERS}]|##(?=\[)|(?<!\S)::")


def visible(text: str) -> str:
    r"""`text` with everything a terminal or a CI runner would obey or hide shown, as in "\x1b"."""
    if text.isprintable() and "##" not in text and "::" not in text:  # as nearly every text is
        return text
    return _unsafe.sub(_as_escape, text)


def text_of(value: object) -> str:
    """`str(value)`; what it raises instead, if it does: an error of a stranger's has any `__str__`."""
    try:
        return str(value)
    except Exception as error:  # noqa: BLE001  # theirs may raise anything
        return f"<its text raised {type(error).__name__}>"


def one_line(text: object, *, length_max: int = 300) -> str:
    """`text` as one line that is safe to print, cut after `length_max` characters."""
    shown = text_of(text)
    if len(shown) > length_max:
        shown = f"{shown[:length_max]}... ({len(shown)} characters)"
    return visible(shown)


def _as_escape(found: re.Match[str]) -> str:
    if found[0] in ("##", "::"):
        return rf"{found[0][0]}\x{ord(found[0][0]):02x}"
    return found[0].encode("unicode_escape", "surrogatepass").decode("ascii")
