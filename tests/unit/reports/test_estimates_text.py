"""What is left, in words a person takes in at a glance."""

from __future__ import annotations

import pytest

from harness.explore.estimate import Remaining, Unseen
from harness.reports.estimates import duration, number, probability, remaining_words, unseen_words


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (1, "1"),
        (99.4, "99"),
        (123, "120"),
        (1_960, "2,000"),
        (34_567, "35,000"),
        (9_950_000, "10,000,000"),
        (2.34e12, "2.3 x 10^12"),
        (1e300, "1.0 x 10^300"),
    ],
)
def test_a_number_has_two_digits(count: float, text: str) -> None:
    """More would claim more than an estimate can."""
    assert number(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.01, "1 s"),
        (59, "59 s"),
        (200, "3 min"),
        (7_200, "2 h"),
        (10 * 86_400, "10 days"),
        (400 * 86_400, "a year"),
        (1e300, "3.2 x 10^292 years"),
    ],
)
def test_a_time_has_one_unit(seconds: float, text: str) -> None:
    """The largest of which there are two."""
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (1, "1.00"),
        (0.314, "0.31"),
        (0.0449, "0.04"),
        (0.0004, "0.0004"),
        (1e-9, "less than 0.0001"),
    ],
)
def test_a_probability_has_a_digit_or_two(p: float, text: str) -> None:
    """None is zero but zero."""
    assert probability(p) == text
    assert probability(0) == "0"


def test_both_say_their_intervals_and_promise_nothing() -> None:
    """Each says "about", and from where to where."""
    left = Remaining(820, 1_234, 1_900)
    assert remaining_words(left, None) == "about 1,200 schedules left (820 to 1,900)"
    assert remaining_words(left, 7) == (
        "about 1,200 schedules left (820 to 1,900), about 3 min at this rate"
    )
    assert unseen_words(Unseen(0.09, 0.12, 0.15, 1000, 200)) == (
        "the next random schedule shows a new class with probability about 0.12 (0.09 to 0.15)"
    )
