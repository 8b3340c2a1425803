"""A command line in a folder of its own, with nothing of this machine's environment in it."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path

import attrs
import pytest

from harness.cli.app import Context, build_app
from harness.cli.main import guarded
from tests.unit.cli.fake_engine import FakeEngine, made


@attrs.frozen
class Outcome:
    """What a command left: its exit code, and what it wrote."""

    code: int
    out: str
    err: str


@attrs.define
class CommandLine:
    """Call it with arguments, as a shell would."""

    engine: FakeEngine
    folder: Path
    read_errors: Callable[[], str]

    def __call__(self, *arguments: str, environ: Mapping[str, str] | None = None) -> Outcome:
        """Run one command to its end."""
        out = io.StringIO()
        context = Context(engine=self.engine, environ=environ or {}, folder=self.folder, out=out)
        app = build_app(context)
        code = guarded(
            lambda: app(
                arguments, exit_on_error=False, print_error=False, result_action="return_value"
            )
        )
        return Outcome(code, out.getvalue(), self.read_errors())

    @property
    def search(self) -> dict[str, object]:
        """The one search that was made."""
        (only,) = self.engine.searches
        return only


@pytest.fixture
def command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """One scenario, `restart.py::scale_up`, with two fixes, a declared set and parameters."""
    scenario = made(
        tmp_path / "restart.py",
        doc="A service restarts.\n\nAnd more of this.",
        fixes=("wait", "fence"),
        fix_sets=(("fence", "wait"),),
        params={"markets": 2, "drift": 0.5, "mode": "small", "strict": False},
    )
    return CommandLine(FakeEngine(scenarios=[scenario]), tmp_path, lambda: capsys.readouterr().err)
