"""What is secret is in no file and on no screen, and the run replays all the same."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import harness
from harness.cli import main
from harness.errors import ReplayDiverged
from harness.traces import DEFAULT_REDACTOR, save_trace

SECRET = "hunter2"
OTHERS = ("swordfish", "letmein")

LOGIN = f'''
import harness
import trio

@harness.scenario(params={{"password": "{SECRET}", "size": 1}})
async def login(world: harness.World) -> None:
    """Wherever a secret can be put by mistake."""
    store = world.database("store")
    chosen = world.choose("password", ["{SECRET}", "{OTHERS[0]}", "{OTHERS[1]}"])
    also = world.choose("how", ["token={SECRET}", "token={OTHERS[0]}"])

    async def connect() -> None:
        await store.put("password", chosen)
        await store.put("password={SECRET}", also == "")

    world.start(connect, name="connect password={SECRET}")
    world.start(connect, name="connect password={OTHERS[0]}")
    await world.settle()
    world.always("password={SECRET} is never", lambda: store.peek("password={SECRET}") is None)
    assert chosen == "{SECRET}", "chosen: password=" + chosen
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the scenario in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "login", raising=False)
    (tmp_path / "login.py").write_text(LOGIN)
    return tmp_path


def test_no_secret_gets_out_and_the_replay_works(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Names, choices, keys, parameters and messages: in traces, in --json and on the screen."""
    assert main("run login.py --schedules 30 --json out.json".split()) == 1
    printed = capsys.readouterr().out
    traces = list((folder / ".harness").glob("*.trace.json"))
    written = [file.read_text() for file in traces] + [(folder / "out.json").read_text()]

    assert traces
    for secret in (SECRET, *OTHERS):
        assert secret not in printed
        assert not any(secret in text for text in written)
    assert json.loads(written[-1])["runs"][0]["params"] == {"password": "[redacted]", "size": 1}
    for trace in traces:
        assert main(["replay", str(trace)]) == 1
        assert SECRET not in capsys.readouterr().out


def test_secrets_are_told_from_each_other() -> None:
    """A replay takes the option that was taken, not another one that must not be shown either."""

    async def body(world: harness.World) -> None:
        chosen = world.choose("password", [SECRET, *OTHERS])
        assert chosen == SECRET, f"option {OTHERS.index(chosen)}"

    found = harness.explore(body, strategy="dfs").violations
    picks = [violation.trace.choices[0].pick for violation in found]

    assert len(set(picks)) == len(found)
    assert all(pick.startswith("[redacted] #") for pick in picks)
    for violation in found:
        assert harness.replay(violation.trace, scenario=body).digest == violation.trace.digest


def test_a_replay_that_diverges_keeps_the_secret(tmp_path: Path) -> None:
    """Even where what is on offer is listed."""

    def offering(*options: str) -> object:
        async def body(world: harness.World) -> None:
            world.choose("password", list(options))
            raise AssertionError

        return body

    first, second = offering(SECRET, "a"), offering(OTHERS[0], OTHERS[1])
    (found,) = harness.explore(first, schedules=1).violations  # type: ignore[arg-type]
    with pytest.raises(ReplayDiverged) as diverged:
        harness.replay(save_trace(found.trace, tmp_path), scenario=second)  # type: ignore[arg-type]

    assert not any(secret in str(diverged.value) for secret in (SECRET, *OTHERS))


@pytest.mark.parametrize("name", ["main/auth:cell", "token#2/renew: loop", "markets.BTC", "a b"])
def test_a_name_is_no_secret_because_of_its_colon(name: str) -> None:
    """What the harness joins to a label is not a name and its value."""
    assert DEFAULT_REDACTOR.label(name) == name
