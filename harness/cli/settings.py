"""The settings of a run, and the one rule for where each comes from.

Command line > `HARNESS_*` > `[tool.harness.profiles.NAME]` > `[tool.harness]` > defaults, where a
named profile brings defaults of its own. The nearest source that names a setting decides it whole:
lists are replaced, never joined. Every setting can stand in every source, under one name:
`--time-budget`, `HARNESS_TIME_BUDGET`, `time-budget = "30s"`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from harness.cli import reading
from harness.cli.expression import Expression, read_expression
from harness.errors import SettingInvalid, SettingUnknown

#: What fits into a trace.
SEED_MAX = 2**63 - 1
EXHAUSTIVE = ("dfs", "dpor")


def setting(name: str, read: reading.Reader, *, default: object) -> Any:
    """A field of `Settings`: its name in every source, and how it is read."""
    return attrs.field(default=default, metadata={"name": name, "read": read})


@attrs.frozen(kw_only=True)
class Settings:
    """What a run is asked for. Durations are in seconds, limits count schedules or steps."""

    profile: str = setting("profile", reading.text, default="dev")
    # what to run
    paths: tuple[Path, ...] = setting("paths", reading.paths, default=())
    select: Expression | None = setting("select", read_expression, default=None)
    param: Mapping[str, object] = setting("param", reading.assignments, default={})
    plan: Path | None = setting("plan", reading.path, default=None)
    fault: Mapping[str, int] | None = setting("fault", reading.fault_budgets, default=None)
    # with which fixes
    fix: tuple[str, ...] = setting("fix", reading.names, default=())
    fix_set: tuple[tuple[str, ...], ...] = setting("fix-set", reading.name_sets, default=())
    scorecard: bool = setting("scorecard", reading.switch, default=False)
    # how to search, and how long
    strategy: str = setting("strategy", reading.text, default="portfolio")
    depth: int | None = setting("depth", reading.whole_number(at_least=1), default=None)
    preemption_bound: int | None = setting(
        "preemption-bound", reading.whole_number(at_least=0), default=None
    )
    delay_bound: int | None = setting("delay-bound", reading.whole_number(at_least=0), default=None)
    seed: int = setting("seed", reading.whole_number(at_least=0, at_most=SEED_MAX), default=0)
    schedules: int | None = setting("schedules", reading.whole_number(at_least=1), default=None)
    inputs: int | None = setting("inputs", reading.whole_number(at_least=1), default=None)
    time_budget_s: float | None = setting("time-budget", reading.duration_s, default=None)
    steps_max: int | None = setting("max-steps", reading.whole_number(at_least=1), default=None)
    audit: bool = setting("audit", reading.switch, default=False)
    swaps: int | None = setting("swaps", reading.whole_number(at_least=1), default=None)
    workers: int | None = setting(
        "workers", reading.whole_number(at_least=1, at_most=256), default=None
    )
    resume: bool = setting("resume", reading.switch, default=False)
    stop_at_first: bool = setting("stop-at-first", reading.switch, default=False)
    shrink: bool = setting("shrink", reading.switch, default=True)
    # what was found before
    regressions: bool = setting("regressions", reading.switch, default=True)
    baseline: Path | None = setting("baseline", reading.path, default=None)
    write_baseline: bool = setting("write-baseline", reading.switch, default=False)
    # what a pass needs, and what is left behind
    require: reading.Require | None = setting("require", reading.requirement, default=None)
    artifacts: Path | None = setting("artifacts", reading.path, default=None)
    json: Path | None = setting("json", reading.path, default=None)
    junitxml: Path | None = setting("junitxml", reading.path, default=None)
    sarif: Path | None = setting("sarif", reading.path, default=None)

    @property
    def budget_s(self) -> float | None:
        """The time that one search may take: what was asked for, else as its kind needs.

        A search that is to end after so many schedules needs no other end, and one that aims at a
        proof is worth little when it is cut short.
        """
        if self.time_budget_s is not None or self.schedules is not None:
            return self.time_budget_s
        return 600.0 if self.strategy in EXHAUSTIVE else 10.0


@attrs.frozen(kw_only=True)
class Source:
    """One place that settings are written in.

    Attributes:
      values: what stands there, by the setting's name.
      spelling: how a setting is spelled there, for messages: "HARNESS_{}", with case and dashes
        as `spell` makes them.
      base: the folder that relative paths start from.
      closed: whether an unknown name is an error. An environment has other owners' names in it.
    """

    values: Mapping[str, object]
    spelling: str
    base: Path
    closed: bool = True

    def spell(self, name: str) -> str:
        """How `name` is spelled in this place."""
        if self.spelling.startswith("HARNESS_"):
            name = name.upper().replace("-", "_")
        return self.spelling.format(name)


PROFILES: Mapping[str, Mapping[str, object]] = {
    "dev": {},
    "ci": {"time-budget": "60s", "stop-at-first": True},
    "nightly": {"time-budget": "30m"},
}
NAMES = {field.metadata["name"]: field for field in attrs.fields(Settings)}


def resolve(sources: Sequence[Source]) -> Settings:
    """The settings that `sources` (nearest first) make.

    Raises:
      SettingUnknown: a source names a setting that there is not.
      SettingInvalid: the deciding source gives a setting a value it cannot have.
    """
    for source in sources:
        refuse_unknown(source)
    given = {name for source in sources for name in source.values}
    found: dict[str, Any] = {f.name: read(n, sources) for n, f in NAMES.items() if n in given}
    return Settings(**found)


def refuse_unknown(source: Source) -> None:
    """Raise for a name that is no setting, or in a shared place for one that is nearly one."""
    for name in source.values:
        near = difflib.get_close_matches(name, NAMES, n=1, cutoff=0.8)
        if name not in NAMES and (source.closed or near):
            nearest = source.spell(near[0]) if near else None
            raise SettingUnknown(source.spell(name), nearest, [source.spell(n) for n in NAMES])


def read(name: str, sources: Iterable[Source]) -> object:
    """The value of a setting that at least one source gives."""
    source = next(source for source in sources if name in source.values)
    written = source.values[name]
    try:
        return NAMES[name].metadata["read"](written, source.base)
    except ValueError as error:
        shown = ", ".join(map(str, written)) if isinstance(written, tuple) else written
        raise SettingInvalid(source.spell(name), shown, str(error)) from None
