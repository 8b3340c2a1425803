"""`-k EXPR`: choose scenarios by words of their names, joined by `and`, `or`, `not`, brackets.

The same little language as pytest's. A word matches when it occurs in the name, in either case.

    expression = term ("or" term)*
    term       = factor ("and" factor)*
    factor     = "not" factor | "(" expression ")" | word
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import attrs

_TOKEN = re.compile(r"[()]|[^\s()]+")
_DEPTH_MAX = 100
Matcher: TypeAlias = Callable[[str], bool]


@attrs.frozen
class Expression:
    """A parsed expression; `written` is its text."""

    written: str
    matches: Matcher = attrs.field(eq=False, repr=False)


def read_expression(value: object, _base: Path) -> Expression:
    """A reader for settings.

    Raises:
      ValueError: with what was wanted; see `harness.cli.reading`.
    """
    if not isinstance(value, str):
        raise ValueError("an expression such as `funding and not slow`")  # noqa: TRY004  # a reader
    return Expression(value, _Parser(value).parse())


class _Parser:
    """Recursive descent over the words; `None` stands for the end."""

    def __init__(self, written: str) -> None:
        self.words: list[str | None] = [*_TOKEN.findall(written), None]
        self.depth = 0

    def parse(self) -> Matcher:
        matcher = self.expression()
        if self.words[0] is not None:
            raise ValueError(f"`and` or `or` before `{self.words[0]}`")
        return matcher

    def expression(self) -> Matcher:
        terms = [self.term()]
        while self.words[0] == "or":
            self.words.pop(0)
            terms.append(self.term())
        return lambda name: any(term(name) for term in terms)

    def term(self) -> Matcher:
        factors = [self.factor()]
        while self.words[0] == "and":
            self.words.pop(0)
            factors.append(self.factor())
        return lambda name: all(factor(name) for factor in factors)

    def factor(self) -> Matcher:
        word = self.words.pop(0)
        if word is None or word in ("and", "or", ")"):
            raise ValueError(f"a word or a bracket before {f'`{word}`' if word else 'the end'}")
        if word not in ("not", "("):
            return lambda name: word.lower() in name.lower()
        self.depth += 1
        if self.depth > _DEPTH_MAX:
            raise ValueError(f"at most {_DEPTH_MAX} brackets and `not`s")
        return self.negation() if word == "not" else self.bracket()

    def negation(self) -> Matcher:
        negated = self.factor()
        return lambda name: not negated(name)

    def bracket(self) -> Matcher:
        inside = self.expression()
        if self.words.pop(0) != ")":
            raise ValueError("a closing bracket")
        return inside
