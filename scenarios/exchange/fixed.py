"""Fixed point: every number of the exchange is an integer with 8 decimals.

"We use a fixed precision of 8 decimal places ... multiply all numbers by 10^8 to turn them into
whole numbers" (Paradex documentation of 16 January 2026, chain information). Two kinds of integer
occur, and each name says which it is:

* an `Amount` has 8 decimals: a balance, a price, a quantity, an index, a rate, a ratio;
* a `Product` has 16: a quantity times a price or an index, before anything is rounded.

Rounding, in one place. A product becomes an amount by `floor`, so that nobody is ever credited
more than is theirs; a requirement is rounded up; the step of an index is rounded towards zero,
so that rounding alone can never carry it beyond its cap. What `floor` cuts off a realised gain
or loss is not lost: the account carries it (`Account.residue`), which is why conservation of
money is exact and not "up to rounding".
"""

from __future__ import annotations

from fractions import Fraction
from typing import TypeAlias

Amount: TypeAlias = int
Product: TypeAlias = int

ONE: Amount = 10**8


def amount(number: str | int) -> Amount:
    """Read a decimal number, exactly: `amount("0.0001") == 10_000`.

    Raises:
        ValueError: the number has more than 8 decimals, or is no number.
        TypeError: it is a float, whose decimals are not the ones that were written.
    """
    if isinstance(number, float):
        raise TypeError(f"{number!r} is a float: write it as text, {str(number)!r}")
    scaled = Fraction(number) * ONE
    if scaled.denominator != 1:
        raise ValueError(f"{number} has more than 8 decimals")
    return int(scaled)


def text(value: Amount) -> str:
    """Write an amount for people: `text(-1_054_000_000_000) == "-10,540"`."""
    whole, decimals = divmod(abs(value), ONE)
    tail = f".{decimals:08d}".rstrip("0") if decimals else ""
    return f"{'-' if value < 0 else ''}{whole:,}{tail}"


def floor(product: Product) -> Amount:
    """The greatest amount that is not more than `product`."""
    return product // ONE


def multiply(left: Amount, right: Amount) -> Amount:
    """`left` times `right`, rounded down."""
    return left * right // ONE


def divide_up(dividend: int, divisor: int) -> int:
    """The quotient, rounded up: for requirements and ratios that must not look too small."""
    return -(-dividend // divisor)


def divide_towards_zero(dividend: int, divisor: int) -> int:
    """The quotient, rounded towards zero: for steps that must not exceed a bound."""
    quotient = abs(dividend) // abs(divisor)
    return quotient if (dividend < 0) == (divisor < 0) else -quotient
