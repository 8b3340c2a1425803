"""Text from a run or a file, made safe for where it is shown."""

from __future__ import annotations

import html as html_library
import re

from harness.visible import one_line, visible

_MARKS = re.compile(r"[!-/:-@\[-`{-~]")  # the ASCII punctuation, all of which Markdown may read
_NO_XML = re.compile("[\ufffe\uffff]")  # what is left of its illegal characters after the others
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


def terminal(text: str) -> str:
    """For a terminal or a CI log: lines stay lines, everything else that acts is made visible."""
    return "\n".join(visible(line) for line in text.split("\n"))


def html(text: str) -> str:
    """For HTML and XML, within an element or a quoted attribute; line breaks and tabs stay."""
    return html_library.escape(_keep_layout(text))


def xml_characters(text: str) -> str:
    r"""Only what XML 1.0 can hold at all, for a library that escapes; others are shown, as in "\x1b"."""
    return _NO_XML.sub(lambda found: rf"\u{ord(found[0]):04x}", _keep_layout(text))


def markdown(text: str) -> str:
    """For GitHub's Markdown, within a paragraph or a table cell, as plain words on one line."""
    return _MARKS.sub(_mark, one_line(text, length_max=len(text)))


def markdown_code(text: str) -> str:
    """The same in a fixed-width font."""
    return f"<code>{markdown(text)}</code>"


def annotation(text: str) -> str:
    """For the message of a GitHub annotation: `::error file=...::` + this; lines stay lines.

    The escapes are those of actions/toolkit, packages/core/src/command.ts.
    """
    return _keep_layout(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def annotation_property(text: str) -> str:
    """For a property of a GitHub annotation: `::error file=` + this."""
    return annotation(text).replace(":", "%3A").replace(",", "%2C")


def _keep_layout(text: str) -> str:
    return re.sub(r"[^\n\t]+", lambda found: visible(found[0]), text)


def _mark(found: re.Match[str]) -> str:
    mark = found[0]
    if mark in "@#":  # GitHub looks for mentions and references in the finished text
        return f"\\{mark}\u200b"
    return _ENTITIES.get(mark, f"\\{mark}")
