"""The commands and their flags.

A flag that is not given is `None` and says nothing, so that the other sources of settings can
speak; what its text means is read in one place for all sources (`harness.cli.settings`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TextIO

import attrs
import cyclopts
from cyclopts import Group, Parameter

from harness.cli.engine import Engine
from harness.cli.exit_codes import ExitCode

Text = str | None
Texts = tuple[str, ...] | None
Switch = bool | None

SEARCH = Group("Search", sort_key=1)
FIXES = Group("Fixes", sort_key=2)
OUTCOME = Group("Outcome", sort_key=3)
SETTINGS = Group("Settings", sort_key=4)

EPILOGUE = (
    "Every long flag is a setting too: --time-budget is HARNESS_TIME_BUDGET in the environment, and "
    "time-budget under tool.harness in pyproject.toml. The command line decides before the "
    "environment, the environment before the file.\n\n"
    "Exit codes: 0 as expected, 1 a violation or a surprise, 2 usage, 3 the harness itself failed, "
    "4 a strict replay diverged, 5 nothing selected, 6 inconclusive where --require asked for more, "
    "130 interrupted."
)


@attrs.frozen(kw_only=True)
class Context:
    """What a command needs from outside."""

    engine: Engine
    environ: Mapping[str, str]
    folder: Path
    out: TextIO


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
    max_steps: Annotated[
        Text,
        Parameter(metavar="N", group=SEARCH, help="Cut a schedule that has taken so many steps."),
    ] = None
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
    fix: Annotated[
        Texts, Parameter(metavar="NAME", group=FIXES, help="Switch a fix on, in every search.")
    ] = None
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
    regressions: Annotated[
        Switch,
        Parameter(
            group=OUTCOME,
            negative="--no-regressions",
            help="Replay stored failures first: those in regressions/ beside the scenarios, and in .harness.",
        ),
    ] = None
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
    json: Annotated[
        Text, Parameter(metavar="FILE", group=OUTCOME, help="Write the results for programs.")
    ] = None
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
    max_steps: Annotated[
        Text,
        Parameter(metavar="N", group=SEARCH, help="Cut a schedule that has taken so many steps."),
    ] = None
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
    fix: Annotated[
        Texts, Parameter(metavar="NAME", group=FIXES, help="Switch a fix on, in every search.")
    ] = None
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
    regressions: Annotated[
        Switch,
        Parameter(
            group=OUTCOME,
            negative="--no-regressions",
            help="Replay stored failures first: those in regressions/ beside the scenarios, and in .harness.",
        ),
    ] = None
    artifacts: Annotated[
        Text,
        Parameter(
            metavar="FOLDER",
            group=OUTCOME,
            help="Keep traces and plans in this folder instead of .harness.",
        ),
    ] = None
    json: Annotated[
        Text, Parameter(metavar="FILE", group=OUTCOME, help="Write the results for programs.")
    ] = None


def build_app(context: Context) -> cyclopts.App:
    """The command line, in a given surrounding."""
    app = cyclopts.App(
        name="harness",
        help="Find the order of events in which a restart goes wrong.",
        help_epilogue=EPILOGUE,
        help_format="plaintext",
        version=_version,
        default_parameter=Parameter(negative=(), show_default=False),
        suppress_keyboard_interrupt=False,
    )

    @app.command(name="list", sort_key=3)
    def list_scenarios(
        *paths: Annotated[str, Parameter(help="PATH or PATH::NAME: files, folders, scenarios.")],
        choice: Choice | None = None,
    ) -> ExitCode:
        """List scenarios, one a line, as `run` takes them."""
        from harness.cli import commands

        return commands.list_scenarios(paths, given(choice), context)

    @app.command(sort_key=1)
    def run(
        *paths: Annotated[str, Parameter(help="PATH or PATH::NAME: files, folders, scenarios.")],
        search: Search | None = None,
    ) -> ExitCode:
        """Run a suite or one scenario: search its interleavings for a violation."""
        from harness.cli import commands

        return commands.run(paths, given(search), context)

    @app.command(sort_key=2)
    def fuzz(
        *paths: Annotated[str, Parameter(help="PATH or PATH::NAME: files, folders, scenarios.")],
        drawing: Drawing | None = None,
    ) -> ExitCode:
        """Fuzz scenarios: draw restart plans, workloads and faults, and search each."""
        from harness.cli import fuzz

        return fuzz.fuzz(paths, given(drawing), context)

    @app.command(sort_key=2)
    def replay(
        file: Annotated[str, Parameter(help="A recorded run, *.trace.json.")], /
    ) -> ExitCode:
        """Play a recorded run back, step by step, and stop where anything differs."""
        from harness.cli import commands

        return commands.replay(file, context)

    @app.command(sort_key=4)
    def new(
        file: Annotated[str, Parameter(help="The file to write.")] = "restart.py", /
    ) -> ExitCode:
        """Write a scenario to begin with."""
        from harness.cli import commands

        return commands.new(file, context)

    return app


def _version() -> str:
    from importlib import metadata

    return metadata.version("restart-harness")


def given(flags: Choice | None) -> dict[str, object]:
    """The flags that were given, by the names of the settings."""
    written = {} if flags is None else attrs.asdict(flags, recurse=False)
    return {name.replace("_", "-"): v for name, v in written.items() if v is not None}
