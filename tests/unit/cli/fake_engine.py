"""An engine without rooms: it finds what it was told is there and answers as it was told to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from harness.cli.engine import Expectation, Verdict


@attrs.frozen(kw_only=True)
class FakeScenario:
    """A scenario as the command line sees one."""

    name: str
    path: Path
    summary: str = ""
    fixes: Sequence[str] = ()
    fix_sets: Sequence[Sequence[str]] = ()
    params: Mapping[str, object] = attrs.field(factory=dict)
    expectations: Mapping[tuple[str, ...], Expectation] = attrs.field(factory=dict)

    def expected(self, fixes: Sequence[str]) -> Expectation | None:
        """What the test says should come out."""
        return self.expectations.get(tuple(fixes))


@attrs.frozen(kw_only=True)
class FakeViolation:
    """A violation that anything may have."""

    property: str = "BTC was used before its gate"
    first_seen: int = 3
    fingerprint: str = "3f9c"


@attrs.frozen(kw_only=True)
class FakeResult:
    """What a search says it found."""

    verdict: Verdict = "exhausted"
    schedules: int = 20
    violations: Sequence[FakeViolation] = ()
    interrupted: bool = False


VIOLATED = FakeResult(verdict="violated", violations=[FakeViolation()])
EXHAUSTED = FakeResult()
INCONCLUSIVE = FakeResult(verdict="inconclusive")


@attrs.define(kw_only=True)
class FakeEngine:
    """Remembers every search in `searches`; `answer` makes its result from its fixes."""

    scenarios: Sequence[FakeScenario] = ()
    answer: Callable[[tuple[str, ...]], FakeResult] = lambda _fixes: EXHAUSTED
    searches: list[dict[str, Any]] = attrs.field(factory=list)
    written: list[Path] = attrs.field(factory=list)
    replayed: list[tuple[Path, Sequence[Path]]] = attrs.field(factory=list)

    def discover(self, paths: Sequence[Path]) -> Sequence[FakeScenario]:
        """Those whose file is one of `paths` or below one."""
        return [s for s in self.scenarios if any(s.path.is_relative_to(path) for path in paths)]

    def explore(self, scenario: Any, **options: Any) -> FakeResult:
        """Remember, and answer."""
        self.searches.append({"scenario": scenario.name, **options})
        return self.answer(options["fixes"])

    def replay(self, file: Path, *, roots: Sequence[Path], say: Callable[[str], None]) -> Any:
        """Remember, announce, and find the violation again."""
        self.replayed.append((file, roots))
        say("will import restart.py")
        return VIOLATED

    def write_json(self, file: Path, runs: Sequence[Any], *, seed: int) -> None:
        """Remember."""
        self.written.append(file)
