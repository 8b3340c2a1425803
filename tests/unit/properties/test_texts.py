"""Values in messages: bounded, safe to print, the same everywhere."""

from __future__ import annotations

import pytest

from harness.properties.texts import brief


class Terminal:
    """Its text would clear the screen and start a second line."""

    def __repr__(self) -> str:
        return "\x1b[2J\nsecond line"


class Broken:
    """Its text cannot be had."""

    def __repr__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (None, "missing"),
        ("a\nb", r"'a\nb'"),
        (Terminal(), r"\x1b[2J\nsecond line"),
        (Broken(), "<Broken instance>"),
        (object(), "<object object>"),
        ({"b": 1, "a": 2}, "{'a': 2, 'b': 1}"),
    ],
)
def test_a_value_reads_the_same_everywhere(value: object, text: str) -> None:
    """No address, no line break, no escape, no order of insertion; missing is not zero."""
    assert text == brief(value)


def test_a_huge_value_is_cut() -> None:
    """A message stays a message whatever the value is."""
    assert len(brief("x" * 10_000)) < 100
    assert len(brief([[list(range(1000))] * 1000] * 1000)) < 1000
