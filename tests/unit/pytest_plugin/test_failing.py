"""How explored tests pass, fail, err, hang, and are replayed."""

from __future__ import annotations

import shlex
import sys

import pytest

from harness.explore.loop import Exploration
from harness.kernel import Kernel
from harness.testing import explored
from tests.unit.pytest_plugin.conftest import LOSING, PLUGINS, Session

pytest_plugins = ["pytester"]

#: What a session prints is not sorted by what it means: these are the counts at its end.
BROKEN = """
@explored(strategy="dfs")
async def test_lost():
    assert await visited() == 2
"""


def command_in(result: pytest.RunResult) -> list[str]:
    """The arguments of the command that the failure says replays it."""
    line = next(line for line in result.outlines if line.startswith("  replay it  pytest "))
    return shlex.split(line)[3:]


def test_a_failing_test_shows_its_interleaving_and_the_command_that_replays_it(
    session: Session, pytester: pytest.Pytester
) -> None:
    """Shrunk, with what decided it; the command plays exactly that, and `harness replay` does, too."""
    failed = session(BROKEN)

    failed.assert_outcomes(failed=1)
    failed.stdout.fnmatch_lines(
        [
            "test_lost: main raises nothing (AssertionError)",
            "*main/visit * read main:cell -> 0",
            "*main/visit~2 * write main:cell = 1",
            "*decided by main/visit (test_it.py:*",
            "*found by dfs, seed 0, schedule 2",
            "harness: 1 explored (1 violated), 2 schedules",
            "FAILED test_it.py::test_lost - main raises nothing*",
        ]
    )
    assert "Traceback" not in failed.stdout.str()
    again = pytester.runpytest_inprocess(*PLUGINS, *command_in(failed))
    again.assert_outcomes(failed=1)
    again.stdout.fnmatch_lines(["*replayed to the end, exactly as recorded"])
    alone = pytester.run(sys.executable, "-m", "harness", "replay", command_in(failed)[-1])
    assert alone.ret == 1
    alone.stdout.fnmatch_lines(["replayed to the end; violated: main raises nothing*"])


def test_a_replay_that_goes_another_way_fails_and_one_of_no_test_is_refused(
    session: Session, pytester: pytest.Pytester
) -> None:
    """Strictly: the first step that differs is named. A trace selects its own test only."""
    command = command_in(session(BROKEN))

    changed = session(BROKEN.replace("await visited()", "await visited(3)"), *command)
    changed.assert_outcomes(failed=1)
    changed.stdout.fnmatch_lines(["the replay diverged at step *"])
    other = session("def test_other(): ...", *command[1:])
    assert other.ret == pytest.ExitCode.USAGE_ERROR
    other.stderr.fnmatch_lines(["*is a run of test_it.py::test_lost, which is not among*"])
    beside = session(f"{BROKEN}\ndef test_other(): ...", *command[1:])
    beside.assert_outcomes(failed=1, deselected=1)


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_replay_of_what_is_no_trace_is_one_line(
    session: Session, workers: tuple[str, ...]
) -> None:
    """With workers, too: none is made for a single run."""
    refused = session(BROKEN, "--harness-replay", "nofile", *workers)

    assert refused.ret == pytest.ExitCode.USAGE_ERROR
    assert "INTERNALERROR" not in refused.stdout.str()
    refused.stderr.fnmatch_lines(["ERROR: cannot read trace *nofile*"])


def test_a_test_that_runs_elsewhere_is_replayed_all_the_same(
    session: Session, pytester: pytest.Pytester
) -> None:
    """A fixture changes the directory: traces and commands are of the one that pytest was started in."""
    moved = """
@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
"""
    command = command_in(session(moved + BROKEN))

    again = pytester.runpytest_inprocess(*PLUGINS, *command)
    again.assert_outcomes(failed=1)
    again.stdout.fnmatch_lines(["*replayed to the end, exactly as recorded"])


def test_errors_and_endless_tests_are_told_by_name(session: Session) -> None:
    """A fixture that raises, a step that never ends, a deadlock, a livelock; each in one text."""
    result = session("""
@pytest.fixture
async def broken():
    raise ConnectionRefusedError("no database")

@explored
async def test_erring(broken): ...

@explored(step_timeout_s=0.2)
async def test_hanging():
    while True:
        pass

@explored
async def test_deadlocked():
    await trio.sleep_forever()

@explored(steps_max=50)
async def test_livelocked():
    while True:
        await trio.lowlevel.checkpoint()
""")

    result.assert_outcomes(failed=4)
    result.stdout.fnmatch_lines(
        [
            "test_erring: main raises nothing (ConnectionRefusedError)",
            "  main raised ConnectionRefusedError: no database at test_it.py:*",
            "test_hanging: every step reaches a checkpoint",
            "  a step did not reach a checkpoint within 0.2 s, at test_it.py:* in test_hanging*",
            "test_deadlocked: no deadlock",
            "  main waits in trio.sleep_forever() at test_it.py:*",
            "every schedule was cut at 50 steps and proves nothing (a livelock?)*",
        ]
    )


def test_the_verdict_is_what_passes(session: Session) -> None:
    """Inconclusive passes unless more is required; a point that is never reached fails."""
    result = session("""
@explored(strategy="random", schedules=3)
async def test_sampled():
    await visited(0)

@explored(strategy="random", schedules=3, require="exhausted")
async def test_not_proven():
    await visited(0)

@explored(strategy="dfs", require="exhausted")
async def test_proven():
    await visited(1)

@explored
async def test_never_there(world):
    world.sometimes("the restart hit the flush", False)
""")

    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        [
            "no violation in 3 schedules of test_not_proven, but that is no proof*",
            "never reached in any schedule: the restart hit the flush",
        ]
    )


def test_skip_xfail_and_fail_within_a_schedule_mean_what_they_mean(session: Session) -> None:
    """In a task of the test, too. An xfail mark is satisfied by a violation."""
    result = session(
        """
@explored
async def test_skipped():
    async with trio.open_nursery() as nursery:
        nursery.start_soon(skip)

async def skip():
    pytest.skip("not here")

@explored
async def test_expected():
    pytest.xfail("known")

@explored
async def test_failing():
    pytest.fail("as it says")

@pytest.mark.xfail(reason="known race")
@explored
async def test_marked():
    assert await visited() == 2
""",
        "-rsx",
    )

    result.assert_outcomes(skipped=1, xfailed=2, failed=1)
    result.stdout.fnmatch_lines(["SKIPPED*not here", "XFAIL*known*"])


def test_ctrl_c_is_no_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupted search has found nothing, and ends the session as it would any."""
    search = Exploration._search

    def interrupted(self: Exploration, kernel: Kernel) -> None:
        search(self, kernel)
        self._interrupted = True

    monkeypatch.setattr(Exploration, "_search", interrupted)

    @explored(schedules=2)
    async def stopped() -> None: ...

    with pytest.raises(KeyboardInterrupt):
        stopped()


def test_what_explored_stands_over_is_checked(session: Session) -> None:
    """At import, in one line each: no async function, an option that there is not."""
    for wrong, says in (
        ("@explored\ndef test_plain(): ...", "*@explored is for `async def` tests*"),
        (
            "@explored(schedule=3)\nasync def test_it(): ...",
            "*the option of @explored is schedule*",
        ),
        ("@explored(shared='cart')\nasync def test_it(): ...", "*must be names of arguments*"),
        ("@explored(require='proof')\nasync def test_it(): ...", "*the require is proof*"),
    ):
        session(wrong).stdout.fnmatch_lines([says])


def test_an_explored_test_can_be_called_without_pytest(pytester: pytest.Pytester) -> None:
    """It is a plain function; the world is given to it."""
    names: dict[str, object] = {}
    source = LOSING + BROKEN.replace("test_lost()", "test_lost(world)")
    exec(compile(source, str(pytester.makepyfile(called=source)), "exec"), names)

    test = names["test_lost"]
    assert callable(test)
    with pytest.raises(AssertionError, match="again: harness"):
        test()
