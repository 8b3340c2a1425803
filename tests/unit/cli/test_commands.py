"""Whole commands, from their arguments to what they leave."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import pytest

from harness.cli import commands
from harness.cli.commands import starting_point
from harness.errors import HarnessError, ScenarioImportFailed, TraceUnwritable
from harness.explore import Result
from tests.unit.cli.conftest import CommandLine
from tests.unit.cli.fake_engine import EXHAUSTED, VIOLATED, FakeEngine, made


def test_run_passes_every_flag_on(command_line: CommandLine) -> None:
    """What was asked for is what is searched for."""
    flags = (
        "--strategy dfs --preemption-bound 2 --schedules 7 --time-budget 5m --max-steps 90 --seed 0x10 -x --no-shrink "
        "--resume --artifacts kept --fault kill=2 --audit --swaps 50"
    )
    outcome = command_line(*f"run restart.py::scale_up {flags} --fix wait -p markets=3".split())
    search = dict(command_line.search)
    search.pop("progress")

    assert outcome.code == 0
    assert str(search.pop("folder")).endswith("kept")
    assert search == {
        "name": "scale_up",
        "strategy": "dfs",
        "depth": None,
        "preemption_bound": 2,
        "delay_bound": None,
        "fixes": ("wait",),
        "params": {"markets": 3},
        "faults": {"kill": 2},
        "schedules": 7,
        "time_budget_s": 300.0,
        "steps_max": 90,
        "seed": 16,
        "stop_at_first": True,
        "known": (),
        "shrink": False,
        "audit": 50,
        "resume": True,
    }


def test_a_scorecard_has_no_fix_each_fix_and_the_declared_sets(command_line: CommandLine) -> None:
    """In this order, each once, even when a set is asked for again in other words."""
    command_line("run", "restart.py", "--scorecard", "--fix-set", "wait+fence")

    fixes = [search["fixes"] for search in command_line.engine.searches]
    assert fixes == [(), ("wait",), ("fence",), ("fence", "wait")]


def test_a_fix_holds_in_every_search_and_a_fix_set_in_its_own(command_line: CommandLine) -> None:
    """`--fix` is a base line; each `--fix-set` is a search."""
    command_line("run", "restart.py", "--fix", "wait", "--fix-set", "fence", "--fix-set", "wait")

    fixes = [search["fixes"] for search in command_line.engine.searches]
    assert fixes == [("fence", "wait"), ("wait",)]


def test_parameters_have_the_type_of_their_default(command_line: CommandLine) -> None:
    """The command line has only text."""
    command_line("run", "restart.py", "-p", "drift=0.25", "-p", "mode=7", "-p", "strict=yes")

    assert command_line.search["params"] == {"drift": 0.25, "mode": "7", "strict": True}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("run restart.py --fix bogus", "there is no fix 'bogus'"),
        ("run restart.py --fix-set wait+bogus", "there is no fix 'bogus'"),
        ("run restart.py -p bogus=1", "there is no parameter 'bogus'"),
        ("run restart.py -p markets=many", "-p markets = 'many': wanted a whole number"),
        ("run restart.py -p drift=nan", "-p drift = 'nan': wanted a number"),
        ("run restart.py -p markets", "--param = 'markets': wanted NAME=VALUE"),
        ("run restart.py --schedules 0", "--schedules = '0': wanted a whole number of at least 1"),
        ("run restart.py --time-budget soon", "wanted a duration such as 30s"),
        ("run restart.py --require all", "wanted `exhausted` or a number of schedules"),
        ("run restart.py -k (a", "wanted a closing bracket"),
        ("run restart.py -j 4", "Unknown option: -j"),
        ("run restart.py -n 0", "--workers = '0': wanted a whole number of at least 1"),
        ("run restart.py --seed", "--seed requires an argument"),
        ("run restart.py --seed 1 --seed 2", "--seed specified multiple times"),
        ("run restart.py --\x1b[31m", r"Unknown option: --\x1b[31m"),
        ("frob", 'Unknown command "frob"'),
        ("replay", "requires an argument"),
        ("new a b", "more than the command takes: 'b' (harness --help)"),
        ("new missing/x.py", "there is no folder missing"),
        ("new .", "'.' names no file"),
        ("new /", "'/' names no file"),
        ("new ", "'' names no file"),
        ("run restart.py --seed -1", "--seed = '-1': wanted a whole number of at least 0"),
        ("run restart.py --seed 0x8000000000000000", "at most 9223372036854775807"),
        ("run restart.py --json .", "it is a folder"),
        ("run restart.py --artifacts /dev/null/x", "/dev/null is no folder"),
    ],
)
def test_bad_usage_is_one_clear_line_and_exit_code_2(
    command_line: CommandLine, arguments: str, said: str
) -> None:
    """Never a traceback, never more than a line, nothing that a terminal obeys."""
    outcome = command_line(*arguments.split(" "))

    assert outcome.code == 2
    assert said in outcome.err
    assert outcome.err.count("\n") == 1
    assert outcome.err[:-1].isprintable()
    assert command_line.engine.searches == []


def test_what_is_wrong_anywhere_is_said_before_anything_is_run(command_line: CommandLine) -> None:
    """A typo in a parameter must not cost the time of the scenarios before it."""
    first = made(command_line.folder / "restart.py", "first", params={"drift": 1})
    command_line.engine.scenarios = [first, *command_line.engine.scenarios]
    outcome = command_line("run", "restart.py", "-p", "markets=1")

    assert outcome.code == 2
    assert command_line.engine.searches == []


@pytest.mark.parametrize("arguments", ["run", "list", "run restart.py -k nope"])
def test_nothing_selected_is_exit_code_5(command_line: CommandLine, arguments: str) -> None:
    """A CI job that ran nothing must not look green."""
    if "-k" not in arguments:
        command_line.engine.scenarios = []
    outcome = command_line(*arguments.split(" "))

    assert outcome.code == 5
    assert outcome.err.startswith("harness: no scenario")


def test_paths_come_from_the_arguments_else_from_the_settings(command_line: CommandLine) -> None:
    """Else the engine looks where it always looks."""
    environ = {"HARNESS_PATHS": "suite"}
    command_line("run", "a.py", "b.py::c", environ=environ)
    command_line("run", environ=environ)
    command_line("run")

    folder = command_line.folder
    assert command_line.engine.discovered == [["a.py", "b.py::c"], [str(folder / "suite")], []]


def test_an_expression_chooses_by_path_and_name(command_line: CommandLine) -> None:
    """The names are those that `list` shows."""
    other = made(command_line.folder / "other.py", "drain")
    command_line.engine.scenarios = [*command_line.engine.scenarios, other]

    assert command_line("list", "-k", "not restart").out == "other.py::drain\n"
    assert command_line("list", "-k", "drain or SCALE").out.count("\n") == 2


def test_list_prints_what_run_takes(command_line: CommandLine) -> None:
    """One scenario a line, with what it says of itself."""
    outcome = command_line("list", "restart.py")
    argument = outcome.out.split()[0]

    assert outcome.out == "restart.py::scale_up  A service restarts.\n"
    assert command_line("run", argument).code == 0


def test_a_failure_ends_with_the_command_that_shows_it_again(command_line: CommandLine) -> None:
    """The printed command makes the same search, no longer than needed."""
    command_line.engine.answer = lambda _fixes: VIOLATED
    outcome = command_line("run", "restart.py", "--fix", "wait", "-p", "mode=a b", "--seed", "9")
    lines = outcome.out.splitlines()
    replay, again = [
        next(line.removeprefix(start).strip() for line in lines if line.startswith(start))
        for start in ("replay it", "find it again")
    ]

    assert outcome.code == 1
    assert replay == "harness replay .harness/scale_up-3f9c.trace.json"
    assert again == (
        "harness run restart.py::scale_up --fix wait -p 'mode=a b' "
        "--strategy random --seed 9 --schedules 3 -x"
    )
    assert "seed 9" in outcome.out.splitlines()[-1]


def test_stop_at_first_ends_the_suite_at_a_failure(command_line: CommandLine) -> None:
    """And without it every search is made."""
    command_line.engine.answer = lambda fixes: EXHAUSTED if fixes == () else VIOLATED
    command_line("run", "restart.py", "--scorecard", "-x")
    assert len(command_line.engine.searches) == 2

    command_line("run", "restart.py", "--scorecard")
    assert len(command_line.engine.searches) == 2 + 4


def test_an_interrupted_search_ends_the_suite_and_keeps_what_was_found(
    command_line: CommandLine,
) -> None:
    """The violation is printed, and the exit code is the shell's for an interrupt."""
    command_line.engine.answer = lambda _fixes: attrs.evolve(VIOLATED, interrupted=True)
    outcome = command_line("run", "restart.py", "--scorecard")

    assert outcome.code == 130
    assert len(command_line.engine.searches) == 1
    assert "BTC was used before its gate" in outcome.out


def test_replay_shows_what_is_imported_before_it_is(command_line: CommandLine) -> None:
    """And says 1 for what is still broken, 0 for a run that broke nothing."""
    outcome = command_line("replay", "a.trace.json")

    assert outcome.out.splitlines()[0] == "will import restart.py"
    assert "violated: BTC was used before its gate" in outcome.out
    assert outcome.code == 1
    assert command_line("replay", "clean.trace.json").code == 0


def test_traces_are_kept_where_it_was_asked_for(command_line: CommandLine) -> None:
    """Or in the engine's own folder."""
    command_line.engine.answer = lambda _fixes: VIOLATED
    command_line("run", "restart.py")
    outcome = command_line("run", "restart.py", "--artifacts", "out dir")

    assert command_line.engine.kept_in == [None, command_line.folder / "out dir"]
    assert "replay it      harness replay 'out dir/scale_up-3f9c.trace.json'" in outcome.out


def test_json_has_what_scripts_rely_on(command_line: CommandLine) -> None:
    """Every name in here is a promise."""
    command_line.engine.answer = lambda _fixes: VIOLATED
    command_line("run", "restart.py", "--seed", "7", "--fix", "wait", "--json", "new/out.json")
    document = json.loads((command_line.folder / "new" / "out.json").read_text())
    (run,) = document["runs"]

    assert (document["version"], document["seed"]) == (1, 7)
    assert set(run) >= {
        *("scenario", "params", "fixes", "strategy", "verdict", "expected", "schedules", "classes"),
        *("redundant", "blocked", "steps", "wall_s", "bounds", "assumptions"),
        *("remaining_estimate", "scorecard", "violations"),
    }
    assert (run["verdict"], run["fixes"], run["expected"]) == ("violated", ["wait"], None)
    assert set(run["scorecard"]) == {
        *("corrupted", "caught", "late", "passed", "vacuous", "escaped", "unused"),
        *("cost_worst", "cost_median"),
    }
    assert set(run["violations"][0]) >= {"property", "first_seen", "fingerprint", "trace_file"}


def test_json_is_written_even_when_interrupted(command_line: CommandLine) -> None:
    """What was found so far is kept."""
    command_line.engine.answer = lambda _fixes: attrs.evolve(VIOLATED, interrupted=True)
    command_line("run", "restart.py", "--json", "out.json")

    assert '"interrupted": true' in (command_line.folder / "out.json").read_text()


def test_new_writes_a_scenario_and_replaces_nothing(command_line: CommandLine) -> None:
    """It is Python, it is short, and its author's next command is on the screen."""
    outcome = command_line("new", "mine")
    written = command_line.folder / "mine.py"

    compile(written.read_text(), str(written), "exec")
    assert len(starting_point().splitlines()) < 50
    assert "harness run mine.py --scorecard" in outcome.out
    assert command_line("new", "mine.py").code == 2
    assert written.read_text() == starting_point()


def test_an_error_of_the_engine_keeps_its_exit_code(command_line: CommandLine) -> None:
    """A replay that diverged says 4, and so on: the error knows."""

    class Diverged(HarnessError):
        exit_code = 4

    def diverge(_fixes: object) -> None:
        raise Diverged("step 3 differs\n\x1b[31mred")

    command_line.engine.answer = diverge  # type: ignore[assignment]  # it never answers
    outcome = command_line("run", "restart.py")

    assert (outcome.code, outcome.err) == (4, "harness: step 3 differs \\x1b[31mred\n")


@pytest.mark.parametrize(
    ("raised", "code"), [(KeyboardInterrupt, 130), (PermissionError, 2), (ZeroDivisionError, 3)]
)
def test_whatever_escapes_becomes_an_exit_code(
    command_line: CommandLine, raised: type[BaseException], code: int
) -> None:
    """An interrupt, what the operating system refuses, and a bug of ours, which says so."""

    def fail(_fixes: object) -> None:
        raise raised("why")

    command_line.engine.answer = fail  # type: ignore[assignment]  # it never answers
    outcome = command_line("run", "restart.py")

    assert outcome.code == code
    assert ("please report it" in outcome.err) == (code == 3)


def test_what_was_found_is_shown_even_if_it_cannot_be_kept(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the exit code of the violation, and one line on what could not be written."""

    def full(_engine: object, _result: object, _folder: object) -> None:
        raise TraceUnwritable(".harness", "No space left on device")

    monkeypatch.setattr(FakeEngine, "keep", full)
    command_line.engine.answer = lambda _fixes: VIOLATED
    outcome = command_line("run", "restart.py", "--scorecard")

    assert outcome.code == 1
    assert "BTC was used before its gate" in outcome.out
    assert "scorecard of" in outcome.out
    assert outcome.err == "harness: cannot write trace .harness: No space left on device\n"


def test_results_that_cannot_be_written_are_an_error(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that publishes them must not look green; no half of a file is left."""

    def full(_draft: Path, _target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    outcome = command_line("run", "restart.py", "--json", "out.json")

    assert outcome.code == 2
    assert "exhausted" in outcome.out
    assert outcome.err.endswith("out.json: No space left on device\n")
    assert list(command_line.folder.iterdir()) == []


def test_a_scenario_that_cannot_be_written_is_not_half_there(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next attempt would find it in the way."""

    def full() -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(commands, "starting_point", full)
    outcome = command_line("new")

    assert (outcome.code, outcome.err) == (
        2,
        "harness: cannot write restart.py: No space left on device\n",
    )
    assert list(command_line.folder.iterdir()) == []


def test_a_scenario_that_cannot_be_run_takes_nothing_with_it(command_line: CommandLine) -> None:
    """What was found before it is shown and written; the exit code is that of the error."""

    class Diverged(HarnessError):
        exit_code = 4

    def answer(fixes: tuple[str, ...]) -> Result:
        if fixes:
            raise Diverged("it was not the same again")
        return VIOLATED

    command_line.engine.answer = answer
    outcome = command_line("run", "restart.py", "--scorecard", "--json", "out.json")

    assert (outcome.code, outcome.err) == (4, "harness: it was not the same again\n")
    assert "replay the first failure" in outcome.out
    assert len(json.loads((command_line.folder / "out.json").read_text())["runs"]) == 1


def test_a_file_that_cannot_be_imported_does_not_stand_before_the_others(
    command_line: CommandLine,
) -> None:
    """They are listed and run; it is said in one line, last, and the exit code says so, too."""
    command_line.engine.broken = [ScenarioImportFailed("broken.py", 3, ValueError("no"))]
    said = "harness: cannot import broken.py:3: ValueError: no\n"

    listed = command_line("list")
    assert (listed.code, listed.err) == (2, said)
    assert "restart.py::scale_up" in listed.out

    ran = command_line("run")
    assert (ran.code, ran.err) == (2, said)
    assert "1 run, 0 failed" in ran.out

    command_line.engine.answer = lambda _: VIOLATED
    violated = command_line("run")
    assert (violated.code, violated.err) == (1, said)

    command_line.engine.scenarios = ()
    nothing = command_line("run")
    assert (nothing.code, nothing.err, nothing.out) == (2, said, "")
