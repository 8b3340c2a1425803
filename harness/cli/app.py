"""The commands, as they are typed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TextIO

import attrs
import cyclopts
from cyclopts import Parameter

from harness.cli.engine import Engine
from harness.cli.exit_codes import ExitCode
from harness.cli.flags import Choice, Drawing, Paths, Search

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
    def list_scenarios(*paths: Paths, choice: Choice | None = None) -> ExitCode:
        """List scenarios, one a line, as `run` takes them."""
        from harness.cli import commands

        return commands.list_scenarios(paths, given(choice), context)

    @app.command(sort_key=1)
    def run(*paths: Paths, search: Search | None = None) -> ExitCode:
        """Run a suite or one scenario: search its interleavings for a violation."""
        from harness.cli import commands

        return commands.run(paths, given(search), context)

    @app.command(sort_key=2)
    def fuzz(*paths: Paths, drawing: Drawing | None = None) -> ExitCode:
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
