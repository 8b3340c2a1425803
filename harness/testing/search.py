"""One call of an explored test: its arguments made into a scenario, searched, and judged."""

from __future__ import annotations

import inspect
import json
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import attrs

from harness.explore import Result, Scenario, TimeModel, explore, replay
from harness.explore.assertion import account, check_hollow, check_searched, check_whole, violated
from harness.kernel import clean
from harness.testing.arguments import supplies
from harness.testing.around import Around
from harness.testing.arranged import WORLD
from harness.testing.asked import Asked
from harness.testing.body import AsyncTest, TestBody
from harness.testing.failure import NotSafe
from harness.testing.outcomes import EndsTest
from harness.traces import save_trace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Seeds fit into a trace.
_SEED_BITS = 62


@attrs.frozen
class Search:
    """What is searched when a test is run.

    Attributes:
      asked: by the test.
      around: what the test runner says.
      is_example: whether the arguments are an example of Hypothesis's.
    """

    asked: Asked
    test: AsyncTest
    around: Around
    is_example: bool = attrs.field(kw_only=True)

    def run(self, positional: Sequence[object], named: Mapping[str, object]) -> None:
        """Search, or replay.

        Raises:
          NotSafe: a schedule violates something.
          AssertionError: there is less evidence than was required.
          HarnessError: the test cannot be explored, or a replay went another way.
        """
        __tracebackhide__ = True
        try:
            drawn = self._drawn(named)
            self._run(self.scenario(positional, named, as_json(drawn)), drawn)
        except EndsTest as end:
            raise end.outcome from None

    def _run(self, scenario: Scenario, drawn: Mapping[str, object]) -> None:
        __tracebackhide__ = True
        if self.around.replay is not None:
            self._replay(scenario)
            return
        options = self.asked.resolved(
            self.around.over, self.around.under, is_example=self.is_example
        )
        require = options.pop("require", None)
        if self.is_example:
            options["seed"] = _seed_of(options["seed"], scenario.name, drawn)
        result = self._explore(scenario, options, shrink=not self.is_example)
        self.around.note(result)
        if result.interrupted:
            raise KeyboardInterrupt
        if not result.violations:
            _check(result, require, is_example=self.is_example)
            return
        whole = as_json(drawn) is not None
        if self.is_example:
            first = violated(result, result.violations[0])
            kind = result.violations[0].fingerprint
            raise NotSafe(first, lambda: self._explained(scenario, options, whole=whole), kind=kind)
        raise NotSafe(self._account(result, whole=whole))

    def _explore(self, scenario: Scenario, options: Mapping[str, Any], *, shrink: bool) -> Result:
        asked = options.get("shrink", True)
        return explore(scenario, **{**options, "stop_at_first": True, "shrink": shrink and asked})

    def _explained(self, scenario: Scenario, options: Mapping[str, Any], *, whole: bool) -> str:
        """The failure of an example once more, shrunk."""
        result = self._explore(scenario, options, shrink=True)
        if not result.violations:  # a time budget ended it earlier than before
            return f"{scenario.name}: it failed, and did not when it was searched again"
        return self._account(result, whole=whole)

    def _account(self, result: Result, *, whole: bool) -> str:
        """The text of a failure, with the trace saved if there is a place for it."""
        around, violation = self.around, result.violations[0]
        if around.keep is None or around.again is None:
            return violated(result, violation)
        file = save_trace(violation.trace, around.keep())
        found = f"found by {result.strategy}, seed {result.seed}, schedule {violation.first_seen}"
        return violated(result, violation, [*around.again(file, whole), found])

    def _replay(self, scenario: Scenario) -> None:
        assert self.around.replay is not None
        again = replay(self.around.replay, scenario=scenario)
        broken = again.violation
        if broken is not None:
            lines = account(scenario.name, broken.property, broken.message, again.trace)
            raise NotSafe("\n".join([*lines, "  replayed to the end, exactly as recorded"]))

    # ---- from a test to a scenario -------------------------------------------------------------

    def scenario(
        self,
        positional: Sequence[object],
        named: Mapping[str, object],
        params: Mapping[str, object] | None,
    ) -> Scenario:
        """The test with its arguments, as a scenario; `params` are those of them that fit in a trace."""
        around, test = self.around, self.test
        given = dict(named)
        if "world" in inspect.signature(test).parameters:
            given.setdefault("world", WORLD)
        numbered = {f"argument {i}" if i else "self": one for i, one in enumerate(positional)}
        if around.itself is not None:  # Hypothesis hands it in by name
            (numbered if positional else given)["self"] = around.itself
        body = TestBody(
            test=test,
            positional=list(supplies(numbered, fixtures=(), shared=self.asked.shared).values()),
            named=supplies(given, fixtures=around.fixtures, shared=self.asked.shared),
            arranged=around.arranged,
        )
        return Scenario(
            name=around.test or getattr(test, "__qualname__", "test"),
            body=body,
            fairness="none",
            time_model=TimeModel(0.0),
            path=str(around.file or inspect.getsourcefile(test) or ""),
            params=params or {},
            plain=True,
            worldless=not body.takes_world,
        )

    def _drawn(self, named: Mapping[str, object]) -> dict[str, object]:
        """The arguments that Hypothesis drew, by name; a replay hands them in again."""
        if not self.is_example and self.around.replay is None:
            return {}
        handed = {"self", *self.around.passed}  # Hypothesis names `self` too
        return {name: one for name, one in named.items() if name not in handed}


def _check(result: Result, require: str | int | None, *, is_example: bool) -> None:
    """As `check_evidence`, raising `NotSafe`. What has to happen may do so in another example."""
    try:
        check_whole(result)
        if not is_example:
            check_hollow(result.never_struck, result.unreached)
        check_searched(result, require)
    except AssertionError as error:
        raise NotSafe(str(error)) from None


def as_json(values: Mapping[str, object]) -> dict[str, object] | None:
    """The values, if they come back from a trace as what they are; else None."""
    try:
        back = json.loads(json.dumps(values, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        return None
    return back if _same(values, back) else None


def _same(one: object, other: object) -> bool:
    """Equal, and of the same types all through."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return one == other


def _seed_of(seed: int, test: str, drawn: Mapping[str, object]) -> int:
    """A function of the example: equal for equal ones, on every machine."""
    text = f"{seed}\0{test}\0{clean(sorted(drawn.items()))}"
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) & ((1 << _SEED_BITS) - 1)
