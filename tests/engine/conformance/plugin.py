"""A pytest plugin that runs Trio's tests on the kernel, each under several seeds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
import trio

from harness.kernel import Kernel, Model
from tests.engine.conformance.on_kernel import STEPS_MAX, OnKernel
from tests.engine.conformance.selection import EXCLUDED

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator


def pytest_addoption(parser: pytest.Parser) -> None:
    """What `python -m tests.engine.conformance` takes."""
    parser.addoption("--seeds", type=int, default=3, help="random schedules of each test")
    parser.addoption("--fairness", default="trio", help="the kernel's fairness model")
    parser.addoption("--summary", type=Path, help="write counts to this file, as JSON")
    parser.addoption(
        "--also-exclude", action="append", default=[], help="expect MODULE::TEST to fail"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Keep the tally of this session."""
    config.pluginmanager.register(Tally(config), "tally")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test once for each seed."""
    seeds = range(metafunc.config.getoption("--seeds"))
    metafunc.parametrize("schedule_seed", seeds, ids=lambda seed: f"seed{seed}")


@pytest.fixture(scope="module")
def on_kernel(request: pytest.FixtureRequest) -> Iterator[OnKernel]:
    """One kernel for a module: entering it looks at the whole heap, which costs more than a test.

    Nothing of the real world is refused: Trio's tests write files, start threads and send signals
    to themselves. Clocks and randomness are virtual, as in any run.
    """
    model = Model(fairness=request.config.getoption("--fairness"), steps_max=STEPS_MAX)
    real_run = trio.run
    with (
        Kernel(model, refusals=(), capture_logs=False) as kernel,
        pytest.MonkeyPatch.context() as patch,
    ):
        found = OnKernel(kernel)
        for place in (trio, trio._core, trio._core._run, request.module):
            if getattr(place, "run", None) is real_run:
                patch.setattr(place, "run", found.run)
        yield found


@pytest.fixture(autouse=True)
def schedule(
    request: pytest.FixtureRequest, on_kernel: OnKernel, schedule_seed: int
) -> Iterator[None]:
    """Each test has its own random schedule for each seed."""
    on_kernel.begin(f"{schedule_seed}|{request.node.name}")
    yield
    tally = request.config.pluginmanager.getplugin("tally")
    tally.on_kernel += on_kernel.runs > 0 and schedule_seed == 0


def _name(item: pytest.Function) -> str:
    return f"{item.module.__name__}::{item.originalname}"


class Tally:
    """Who passed under which seed; an excluded test is expected to fail under at least one.

    Attributes:
      excluded: "module::test" -> why it is excluded.
      on_kernel: how many tests called `trio.run`, with their parameters, under the first seed.
      seeds: seed -> verdict -> how many tests.
      stale: excluded tests that passed, or are gone.
    """

    def __init__(self, config: pytest.Config) -> None:
        self.excluded = {exclusion.test: exclusion.reason for exclusion in EXCLUDED}
        self.excluded |= dict.fromkeys(config.getoption("--also-exclude"), "on trial")
        self.on_kernel = 0
        self.seeds: dict[int, dict[str, int]] = {}
        self.stale: list[str] = []
        self._file: Path | None = config.getoption("--summary")
        self._modules: dict[str, None] = {}
        self._failed: dict[str, None] = {}
        self._worst: dict[str, str] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Function
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Count, and turn the failure of an excluded test into an expected one."""
        report = yield
        test = _name(item)
        if report.failed and test in self.excluded:
            self._failed[test] = None
            report.outcome = "skipped"
            report.wasxfail = self.excluded[test]
        self._count(item, report)
        return report

    def _count(self, item: pytest.Function, report: pytest.TestReport) -> None:
        """A test counts once for each seed, as the worst of its set-up, its call and its teardown."""
        excluded = hasattr(report, "wasxfail") and _name(item) in self.excluded
        verdict = "excluded" if excluded else report.outcome
        ranks = ("passed", "skipped", "excluded", "failed")
        before = self._worst.get(item.nodeid, "passed")
        self._worst[item.nodeid] = max(before, verdict, key=ranks.index)
        if report.when == "teardown":
            self._modules[item.module.__name__] = None
            seed = cast("int", item.callspec.params["schedule_seed"])
            counts = self.seeds.setdefault(seed, {})
            worst = self._worst.pop(item.nodeid)
            counts[worst] = counts.get(worst, 0) + 1

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """An exclusion that is not needed, or names no test, fails the run."""
        ran = [test for test in self.excluded if test.partition("::")[0] in self._modules]
        self.stale = [test for test in ran if test not in self._failed]
        if self.stale and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if self._file is not None:
            self._file.write_text(json.dumps(self.summary(), indent=1))

    def summary(self) -> dict[str, object]:
        """What was run where, and what is wrong with the list."""
        return {
            "trio": trio.__version__,
            "on_kernel": self.on_kernel,
            "seeds": self.seeds,
            "stale": self.stale,
        }

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """The same for people."""
        terminalreporter.write_line(f"Trio's own tests on the kernel: {self.summary()}")
        for test in self.stale:
            terminalreporter.write_line(f"{test} is excluded, but passes (or is gone): take it off")
