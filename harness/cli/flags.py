"""The flags of the commands; they are settings too (`harness.cli.settings`).

A flag that is not given is `None` and says nothing, so that the other sources of settings can
speak; what its text means is read in one place for all sources.
"""

from __future__ import annotations

from typing import Annotated

import attrs
from cyclopts import Group, Parameter

Text = str | None
Texts = tuple[str, ...] | None
Switch = bool | None

SEARCH = Group("Search", sort_key=1)
FIXES = Group("Fixes", sort_key=2)
OUTCOME = Group("Outcome", sort_key=3)
SETTINGS = Group("Settings", sort_key=4)

# ---- flags that several commands have ---------------------------------------------------------------

Paths = Annotated[str, Parameter(help="PATH or PATH::NAME: files, folders, scenarios.")]
MaxSteps = Annotated[
    Text,
    Parameter(metavar="N", group=SEARCH, help="Cut a schedule that has taken so many steps."),
]
Fix = Annotated[
    Texts, Parameter(metavar="NAME", group=FIXES, help="Switch a fix on, in every search.")
]
Regressions = Annotated[
    Switch,
    Parameter(
        group=OUTCOME,
        negative="--no-regressions",
        help="Replay stored failures first: those in regressions/ beside the scenarios, and in .harness.",
    ),
]
Json = Annotated[
    Text, Parameter(metavar="FILE", group=OUTCOME, help="Write the results for programs.")
]


@Parameter(name="*")
@attrs.frozen(kw_only=True)
class Choice:
    """The flags that choose scenarios; their names are those of `Settings`."""

    select: Annotated[
        Text,
        Parameter(
            metavar="EXPR",
            name=["--select", "-k"],
            allow_leading_hyphen=True,
            help="Only scenarios whose PATH::NAME matches, as in `funding and not slow`.",
        ),
    ] = None
    profile: Annotated[
        Text,
        Parameter(
            metavar="NAME", group=SETTINGS, help="Named settings: dev, ci, nightly, or your own."
        ),
    ] = None


@Parameter(name="*")
@attrs.frozen(kw_only=True)
class Search(Choice):
    """The flags of `run`; their names are those of `Settings`."""

    strategy: Annotated[
        Text,
        Parameter(
            metavar="NAME",
            group=SEARCH,
            help="How to search: portfolio, random, dfs, dpor, pct, pos, surw.",
        ),
    ] = None
    depth: Annotated[
        Text,
        Parameter(
            metavar="N",
            group=SEARCH,
            help="For pct: how many order constraints a bug may need (3 by default).",
        ),
    ] = None
    preemption_bound: Annotated[
        Text,
        Parameter(
            metavar="N",
            group=SEARCH,
            help="For dfs: no more switches away from a task that could have gone on.",
        ),
    ] = None
    delay_bound: Annotated[
        Text,
        Parameter(
            metavar="N",
            group=SEARCH,
            help="For dfs: pass over the task that is next by default no more often.",
        ),
    ] = None
    schedules: Annotated[
        Text, Parameter(metavar="N", group=SEARCH, help="End each search after so many schedules.")
    ] = None
    time_budget: Annotated[
        Text,
        Parameter(
            metavar="TIME",
            group=SEARCH,
            help="End each search after a time such as 30s or 5m, looked at between schedules. "
            "Without it and --schedules: 10s, and 10m for an exhaustive strategy.",
        ),
    ] = None
    max_steps: MaxSteps = None
    seed: Annotated[
        Text, Parameter(metavar="N", group=SEARCH, help="The same seed, the same search.")
    ] = None
    audit: Annotated[
        Switch,
        Parameter(
            group=SEARCH,
            negative="--no-audit",
            help="Swap steps that are said to commute, after each search, and see whether they do.",
        ),
    ] = None
    swaps: Annotated[
        Text,
        Parameter(metavar="N", group=SEARCH, help="For --audit: so many swaps (1000 by default)."),
    ] = None
    resume: Annotated[
        Switch,
        Parameter(
            group=SEARCH,
            negative="--no-resume",
            help="Go on with searches that were stopped, each where it stopped.",
        ),
    ] = None
    workers: Annotated[
        Text,
        Parameter(
            metavar="N",
            name=["--workers", "-n"],
            group=SEARCH,
            help="Search in pieces, on N processes; what is found does not depend on N.",
        ),
    ] = None
    param: Annotated[
        Texts,
        Parameter(
            metavar="NAME=VALUE",
            name=["--param", "-p"],
            group=SEARCH,
            help="NAME=VALUE of the scenario's own.",
        ),
    ] = None
    plan: Annotated[
        Text,
        Parameter(
            metavar="FILE",
            group=SEARCH,
            help="Carry out the restart plan in this TOML file, and say what it is worth: verdict, "
            "riskiest overlap, worst cost, the smallest sets of fixes that make it safe.",
        ),
    ] = None
    fault: Annotated[
        Texts,
        Parameter(
            metavar="KIND=N",
            group=SEARCH,
            help="Let faults of a kind strike at most N times in a run, as in kill=1, and no others "
            "than those that are named; none for none at all. Without it, as the scenario says.",
        ),
    ] = None
    fix: Fix = None
    fix_set: Annotated[
        Texts,
        Parameter(metavar="A+B", group=FIXES, help="One search with just these fixes, as in a+b."),
    ] = None
    scorecard: Annotated[
        Switch,
        Parameter(
            group=FIXES,
            negative="--no-scorecard",
            help="No fix, each fix alone, and the sets that the scenario declares.",
        ),
    ] = None
    require: Annotated[
        Text,
        Parameter(
            metavar="exhausted|N",
            group=OUTCOME,
            help="What a pass needs: exhausted, or at least N schedules.",
        ),
    ] = None
    stop_at_first: Annotated[
        Switch,
        Parameter(
            name=["--stop-at-first", "-x"],
            group=OUTCOME,
            help="End a search at its first violation, the suite at its first failure.",
        ),
    ] = None
    shrink: Annotated[
        Switch,
        Parameter(group=OUTCOME, negative="--no-shrink", help="Shorten the failing schedules."),
    ] = None
    regressions: Regressions = None
    baseline: Annotated[
        Text,
        Parameter(
            metavar="FILE", group=OUTCOME, help="Failures that are known, and fail no run any more."
        ),
    ] = None
    write_baseline: Annotated[
        Switch,
        Parameter(
            group=OUTCOME,
            negative="--no-write-baseline",
            help="Write what fails now into the file of --baseline.",
        ),
    ] = None
    artifacts: Annotated[
        Text,
        Parameter(
            metavar="FOLDER", group=OUTCOME, help="Keep traces in this folder instead of .harness."
        ),
    ] = None
    json: Json = None
    junitxml: Annotated[
        Text, Parameter(metavar="FILE", group=OUTCOME, help="Write the results as JUnit XML.")
    ] = None
    sarif: Annotated[
        Text,
        Parameter(
            metavar="FILE", group=OUTCOME, help="Write what failed as SARIF, for code scanning."
        ),
    ] = None


@Parameter(name="*")
@attrs.frozen(kw_only=True)
class Drawing(Choice):
    """The flags of `fuzz`; their names are those of `Settings`."""

    strategy: Annotated[
        Text,
        Parameter(
            metavar="NAME",
            group=SEARCH,
            help="How to search each input (random by default; else as for run).",
        ),
    ] = None
    schedules: Annotated[
        Text,
        Parameter(metavar="N", group=SEARCH, help="Of each input, so many (20 by default)."),
    ] = None
    inputs: Annotated[
        Text,
        Parameter(
            metavar="N", group=SEARCH, help="Draw at most so many different inputs of a scenario."
        ),
    ] = None
    time_budget: Annotated[
        Text,
        Parameter(
            metavar="TIME",
            group=SEARCH,
            help="Draw for so long, in all scenarios together (60s without it and --inputs). What "
            "makes failures small comes on top.",
        ),
    ] = None
    max_steps: MaxSteps = None
    seed: Annotated[
        Text, Parameter(metavar="N", group=SEARCH, help="The same seed, the same inputs.")
    ] = None
    param: Annotated[
        Texts,
        Parameter(
            metavar="NAME=VALUE",
            name=["--param", "-p"],
            group=SEARCH,
            help="NAME=VALUE of the scenario's own, which is then not drawn.",
        ),
    ] = None
    fault: Annotated[
        Texts,
        Parameter(
            metavar="KIND=N",
            group=SEARCH,
            help="Draw faults of a kind up to N in a run, as in kill=1, and no others than those "
            "that are named; none for none at all. Without it, up to what the scenario says.",
        ),
    ] = None
    fix: Fix = None
    fix_set: Annotated[
        Texts,
        Parameter(metavar="A+B", group=FIXES, help="Fuzz with just these fixes, as in a+b."),
    ] = None
    stop_at_first: Annotated[
        Switch,
        Parameter(name=["--stop-at-first", "-x"], group=OUTCOME, help="End at the first failure."),
    ] = None
    shrink: Annotated[
        Switch,
        Parameter(
            group=OUTCOME, negative="--no-shrink", help="Make inputs and schedules that fail small."
        ),
    ] = None
    regressions: Regressions = None
    artifacts: Annotated[
        Text,
        Parameter(
            metavar="FOLDER",
            group=OUTCOME,
            help="Keep traces and plans in this folder instead of .harness.",
        ),
    ] = None
    json: Json = None
