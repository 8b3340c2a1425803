"""A plan is a value: it prints as what makes it, and files and traces hold all of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given

import harness.plans
from harness.errors import BadPlan
from harness.plans import (
    Move,
    Pause,
    Plan,
    Promote,
    Restart,
    Run,
    Stop,
    load_plan,
    plan_of,
    plan_toml,
)
from harness.plans.wrong import KINDS
from tests.unit.plans.drawn import plans

NAMESPACE = {name: getattr(harness.plans, name) for name in harness.plans.__all__}


@given(plan=plans)
def test_what_it_prints_as_makes_it_again(plan: Plan) -> None:
    """So a plan that a fuzzer found can be pasted into a test."""
    assert eval(repr(plan), dict(NAMESPACE)) == plan  # that is what it promises


@given(plan=plans)
def test_traces_hold_it(plan: Plan) -> None:
    """Its tree is JSON, the same before and after, and makes the same plan."""
    tree = plan.tree()

    assert json.loads(json.dumps(tree, allow_nan=False)) == tree
    assert plan_of(tree) == plan
    assert hash(plan_of(tree)) == hash(plan)
    assert plan_of(plan) is plan


def test_equal_plans_have_equal_trees() -> None:
    """Whether a default was said or not: traces and the seeds of searches tell plans apart by them."""
    said = plan_of({"moves": [{"do": "restart", "service": "a", "how": "full-downtime ".strip()}]})

    assert said == Plan((Restart("a"),))
    assert (
        said.tree()
        == Plan((Restart("a"),)).tree()
        == {"moves": [{"do": "restart", "service": "a"}]}
    )


@given(plan=plans)
def test_files_hold_it(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever its names are: quotes, line ends, control characters."""
    file = tmp_path_factory.mktemp("plans") / "monday.toml"
    file.write_text(plan_toml(plan), encoding="utf-8", newline="")

    assert load_plan(file) == plan


def test_a_file_reads_well() -> None:
    """One table for a move; what is as always is not said."""
    plan = Plan((Stop("funding", drain_s=5.0), Pause(1.5)), name="monday", fixes=("barrier",))

    assert plan_toml(plan) == (
        'name = "monday"\nfixes = ["barrier"]\n\n'
        '[[moves]]\ndo = "stop"\nservice = "funding"\ndrain_s = 5.0\n\n'
        '[[moves]]\ndo = "pause"\nfor_s = 1.5\n'
    )


def test_it_reads_as_a_sentence() -> None:
    """For progress, reports, errors: what is done to what, and what is said beyond that."""
    plan = Plan(
        (
            Restart("funding", how="blue-green", ready="started", overlap_s=5, overlap=True),
            Promote("markets", fence=False),
            Run("warm up", retries=2),
            Pause(0.5),
        )
    )

    assert str(plan) == (
        "restart funding, blue-green, ready once started, overlap 5 s, overlap; "
        "promote markets, no fence; run warm up, retries 2; pause for 0.5 s"
    )
    assert str(Plan()) == "nothing at all"


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ('Plan(Restart("a"))', "moves is a tuple of moves"),
        ('Plan([Restart("a")])', "moves is a tuple of moves"),
        ('Plan(("stop a",))', "moves is a tuple of moves"),
        ('Plan(fixes="barrier")', "fixes is a tuple of names"),
        ('Plan(fixes=("",))', "a fix is a name, not ''"),
        ('Plan(name=" x")', "a plan's name is a name, not ' x'"),
        ("Plan((Pause(0.0),) * 201)", "201 moves are too many, at most 200"),
        ('Stop("")', "a service is a name, not ''"),
        ('Stop("a" * 201)', "a name of 201 characters, at most 200"),
        ('Stop("\\ud800")', "half a character"),
        ('Stop("a", overlap=1)', "overlap is true or false, not 1"),
        ('Stop("a", drain_s=-1)', "drain_s is a number of seconds, from 0 to 1e+09, not -1"),
        ('Start("a", ready="up")', "ready is one of ready, started, not 'up'"),
        ('Start("a", retries=True)', "retries is a whole number from 0 to 100, not True"),
        ('Start("a", retries=10**5000)', "not 16610 bits"),
        ('Restart("a", overlap_s=1)', "overlap_s is for blue-green"),
        ('Restart("a", how="slow")', "how is one of full-downtime, rolling, blue-green"),
        ('Promote("n", fence=None)', "fence is true or false, not None"),
        ('Pause(float("nan"))', "for_s is a number of seconds"),
        ('Pause(float("inf"))', "for_s is a number of seconds"),
        ("Pause(None)", "for_s is a number of seconds"),
        ("Pause(10**400)", "not 1329 bits"),
        ('Pause("5")', "not '5'"),
    ],
)
def test_what_no_plan_can_hold_is_refused_where_it_is_made(code: str, told: str) -> None:
    """In one line, by the constructor: not in the middle of a run, nor when a trace is written."""
    with pytest.raises(ValueError, match=re.escape(told)) as refused:
        eval(code, dict(NAMESPACE))

    assert "\n" not in str(refused.value)


STOP = '[[moves]]\ndo = "stop"\nservice = "a"\n'
BAD_FILES = {
    "no TOML": ("moves = [", "it is no TOML: "),
    "a key twice": ('name = "a"\nname = "b"', "it is no TOML: Cannot overwrite a value"),
    "binary": (b"\x00\xff\xfe", "it is no TOML: 'utf-8' codec"),
    "a number of 5000 digits": (f"name = {'9' * 5000}", "it is no TOML: Exceeds the limit"),
    "deep": (f"name = {'[' * 5000}{']' * 5000}", "it is nested too deep"),
    "huge": (b"#" * 1_000_001, "it has more than 1000000 bytes"),
    "unknown field": ('nmae = "x"', "there is no 'nmae'; a plan has moves, name, fixes"),
    "hostile field": ('"\\u001b[31m" = 1', r"there is no '\x1b[31m'; a plan has"),
    "move for moves": (STOP.replace("moves", "move"), "there is no 'move'; a plan has moves"),
    "a table for a list": ('[moves]\ndo = "stop"', "moves: expected a list, got a table"),
    "no move": ("moves = [3]", "move 1: expected a table, got a whole number"),
    "a text for a list": ('fixes = "a"', "fixes: expected a list, got text"),
    "unknown move": (f'{STOP}[[moves]]\ndo = "sotp"', 'move 2, do: say do = "stop" or "start" or'),
    "a move without a verb": ('[[moves]]\nservice = "a"', 'move 1: say do = "stop" or "start" or'),
    "unknown option": (
        f"{STOP}drain = 3",
        "move 1: there is no 'drain'; stop has service, drain_s, overlap",
    ),
    "no target": ('[[moves]]\ndo = "stop"', "move 1: service is missing"),
    "wrong type": (f"{STOP}drain_s = 'x'", "move 1, drain_s: expected a number"),
    "true for a number": (f"{STOP}drain_s = true", "move 1, drain_s: expected a number"),
    "a date": ("name = 2026-01-19", "name: expected text, got `date`"),
    "wrong choice": (
        '[[moves]]\ndo = "restart"\nservice = "a"\nhow = "slow"',
        'move 1, how: say how = "full-downtime" or "rolling" or "blue-green"',
    ),
    "nan": (f"{STOP}drain_s = nan", "move 1: drain_s is a number of seconds, from 0 to 1e+09, not nan"),
    "inf": (f"{STOP}drain_s = inf", "move 1: drain_s is a number of seconds"),
    "less than nothing": (f"{STOP}drain_s = -1", "move 1: drain_s is a number of seconds"),
    "no float": (f"{STOP}drain_s = {'9' * 400}", "move 1, drain_s: number out of range"),
    "empty name": (STOP.replace('"a"', '""'), "move 1: a service is a name, not ''"),
    "201 moves": (STOP * 201, "201 moves are too many, at most 200"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "told"), BAD_FILES.values(), ids=list(BAD_FILES))
def test_a_bad_file_gets_one_line_that_says_where(
    content: str | bytes, told: str, tmp_path: Path
) -> None:
    """The file, the move by number, the field, and what there is instead."""
    file = tmp_path / "monday.toml"
    file.write_bytes(content.encode() if isinstance(content, str) else content)

    with pytest.raises(BadPlan) as refused:
        load_plan(file)

    assert str(refused.value).startswith(f"no plan in {file}: {told}")
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 500


def test_a_file_that_cannot_be_read_gets_one_line(tmp_path: Path) -> None:
    """Not there, a directory, and what can be no file's name."""
    for file, told in (
        (tmp_path / "no.toml", "No such file or directory"),
        (tmp_path, "Is a directory"),
        ("a\0b", "embedded null byte"),
        ("x" * 5000, "File name too long"),
    ):
        with pytest.raises(BadPlan, match=told) as refused:
            load_plan(file)
        assert str(refused.value).isprintable()


@pytest.mark.parametrize("tree", [None, 3, "monday.toml", [], {"moves": None}, {3: 4}, [STOP]])
def test_values_that_hold_no_plan_get_one_line(tree: object) -> None:
    """What a parameter or a trace may hold that a stranger wrote."""
    with pytest.raises(BadPlan) as refused:
        plan_of(tree, source="the trace")

    assert str(refused.value).startswith("no plan in the trace: ")


def test_every_kind_of_move_is_documented_by_its_tag() -> None:
    """Kinds by what stands in a file; a new one must be known to whoever tells what there is."""
    assert {kind.__name__.lower() for kind in Move.__subclasses__()} == set(KINDS)
