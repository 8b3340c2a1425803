"""What the tests of the reduction share: how to run it, and how to hold it against brute force."""

from __future__ import annotations

import re
from collections.abc import Iterable
from inspect import signature
from typing import Any

import attrs
import pytest

import harness
from harness.errors import BadBudget, HarnessError
from harness.explore.strategies import STRATEGIES
from tests.quality.classes import census
from tests.quality.operations import Program, smallest
from tests.quality.outcomes import Outcomes, outcomes_of

needs_reduction = pytest.mark.skipif("dpor" not in STRATEGIES, reason="there is no dpor yet")

#: What the reduction is known to get wrong: kinds of programs, or names; "; " between them.
WRONG_SO_FAR = ""


def each(names: Iterable[str]) -> list[Any]:
    """Parameters for a test, those that fail so far marked as such."""
    wrong = pytest.mark.xfail(strict=False, reason="the reduction gets it wrong so far")
    return [pytest.param(name, marks=[wrong] if is_wrong_so_far(name) else []) for name in names]


def is_wrong_so_far(name: str) -> bool:
    """Whether the reduction is known to get this wrong."""
    return name in re.split(r";\s+", WRONG_SO_FAR.strip())


_PARTICULARS = re.compile(r"[^ ]*[\d/:'][^ ]*")
#: Tasks of these tests share no memory but what is tracked.
_GIVEN: dict[str, Any] = (
    {"assume_independent": True}
    if "assume_independent" in signature(harness.explore).parameters
    else {}
)


def reduced(body: Any, **options: Any) -> harness.Result:
    """Explore with the reduction, as far as it goes."""
    defaults = {"strategy": "dpor", "schedules": 1_000_000, "shrink": False}
    return harness.explore(body, **{**defaults, **_GIVEN, **options})


@attrs.frozen
class Judgement:
    """A program, and what is wrong with how it was reduced.

    Attributes:
      wrong: in words; empty if nothing is.
      full: what brute force found; None if there is too much of it.
      reduced: what the reduction found.
    """

    program: Program
    wrong: str
    full: Outcomes | None
    reduced: Outcomes | None

    @property
    def kind_of_wrong(self) -> str:
        """What is wrong, but for names and numbers: what shrinking must keep."""
        return _PARTICULARS.sub("", self.wrong)[:40]

    @property
    def slipped(self) -> bool:
        """Whether the program fails by a mistake in its text."""
        violated = self.full.violated if self.full is not None else ()
        return any(slip in name for name in violated for slip in ("NameError", "TypeError"))

    def __str__(self) -> str:
        lines = [self.program.text, f"wrong: {self.wrong}"]
        for name, found in (("brute force", self.full), ("reduction", self.reduced)):
            if found is not None:
                lines.append(
                    f"{name}: {found.schedules} schedules, violated {sorted(found.violated)}"
                )
        if self.full is not None and self.reduced is not None:
            lines += [f"  missed: {o}" for o in self.full.seen if o not in self.reduced.seen]
            lines += [f"  invented: {o}" for o in self.reduced.seen if o not in self.full.seen]
        return "\n".join(lines)


def judge(
    program: Program, *, strategy: Any = "dpor", at_most: int = 20_000, counted: bool = False
) -> Judgement:
    """Hold a strategy against brute force over one program.

    Args:
      program: what to explore. One that keeps Trio's batches is reduced without them, so that it may
        come to more.
      strategy: the one under test.
      at_most: so many interleavings are tried; a program with more is not judged.
      counted: whether the number of classes is to be compared as well.
    """
    options = program.explore_options
    full = outcomes_of(program.body, schedules=at_most, **options)
    if not full.complete:
        return Judgement(program, "", None, None)
    free = {name: value for name, value in options.items() if name != "fairness"}
    try:
        found = outcomes_of(
            program.body, strategy=strategy, schedules=9 * at_most, **{**_GIVEN, **free}
        )
    except BadBudget:  # it does not know this time model, and says so
        return Judgement(program, "", None, None)
    except Exception as error:  # noqa: BLE001  # the strategy's, as brute force went well
        return Judgement(program, f"{type(error).__name__}: {error}", full, None)
    wrong = _differences(full, found, more_allowed=free != options)
    if counted and not wrong and found.classes is not None and not full.violated:
        classes = len(census(program.body, **options).classes)
        if classes != found.classes:
            wrong = f"{found.classes} classes instead of {classes}"
    return Judgement(program, wrong, full, found)


def _differences(full: Outcomes, found: Outcomes, *, more_allowed: bool) -> str:
    if not found.complete:
        return f"not exhausted after {found.schedules} schedules instead of {full.schedules}"
    if full.violated - found.violated or (found.violated - full.violated and not more_allowed):
        return f"violated {sorted(found.violated)} instead of {sorted(full.violated)}"
    missed = len(full.seen.keys() - found.seen.keys())
    invented = 0 if more_allowed else len(found.seen.keys() - full.seen.keys())
    if missed or invented:
        return f"{missed} outcomes missed of {len(full.seen)}, {invented} invented"
    return ""


def minimised(judgement: Judgement, **options: Any) -> Judgement:
    """The smallest program to be found that goes wrong in the same way."""

    def as_wrong(program: Program) -> bool:
        try:
            smaller = judge(program, **options)
        except (HarnessError, SyntaxError):  # it cannot be run: that shows nothing
            return False
        return smaller.kind_of_wrong == judgement.kind_of_wrong and not smaller.slipped

    return judge(smallest(judgement.program, as_wrong), **options)
