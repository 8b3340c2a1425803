"""Values in messages."""

from __future__ import annotations

from harness.properties.texts import brief


class Terminal:
    """Its text would clear the screen and start a second line."""

    def __repr__(self) -> str:
        return "\x1b[2J\nsecond line"


def test_missing_is_not_zero() -> None:
    """What is not there reads so."""
    assert brief(None) == "missing"
    assert brief(0) == "0"


def test_a_value_stays_a_short_safe_line() -> None:
    """No escape, no line break, no length without bound."""
    assert brief(Terminal()) == r"\x1b[2J\nsecond line"
    assert len(brief("x" * 10_000)) < 120
