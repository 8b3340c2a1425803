"""Determinism is checked elsewhere, too: in fresh interpreters, under other hash seeds.

The order of a set of strings depends on PYTHONHASHSEED, which one interpreter cannot change. So a
recorded run is replayed strictly in interpreters of its own, with the same import path and the same
working directory, before anybody is told to replay it. A search that found nothing has no such run;
a random one is made for the purpose, because an order that escapes control makes a proof worthless.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from harness.errors import HarnessError, Nondeterminism, ReplayDiverged, VerificationFailed
from harness.explore.evidence import scenario_name
from harness.explore.replay import replay
from harness.explore.scenario import model_of
from harness.explore.strategies import RandomWalk
from harness.explore.subject import Subject
from harness.traces import Trace, save_trace
from harness.traces.record import record_trace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.explore.result import Result
    from harness.explore.scenario import Scenario

#: Two, because a pair of strings has the same order under every other hash seed.
HASH_SEEDS = (1, 2)

#: Before each answer of a child, because the code under test may print.
_MARK = "harness-verify: "

_CHILD = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from harness.explore.verify import replay_all
replay_all(sys.argv[2:])
"""


def verify_elsewhere(
    trace_file: str | os.PathLike[str],
    *,
    hash_seeds: Sequence[int] = HASH_SEEDS,
    timeout_s: float = 60.0,
) -> ReplayDiverged | None:
    """Replay a recorded run in fresh interpreters, one for each hash seed, all at once.

    Args:
      trace_file: a trace; the scenario it names is imported as `harness replay` would.
      hash_seeds: values of PYTHONHASHSEED, 0 to 2**32 - 1.
      timeout_s: wall-clock seconds until the interpreters are given up.

    Returns:
      None if every replay was the recorded run; else how one diverged.

    Raises:
      VerificationFailed: it could not be replayed there at all.
    """
    with ExitStack() as stack:
        children = [stack.enter_context(_start([trace_file], seed)) for seed in hash_seeds]
        for child in children:
            stack.callback(child.kill)
        answers = [_answers(child, trace_file, timeout_s)[0] for child in children]
    for answer in answers:
        if "error" in answer:
            raise VerificationFailed(trace_file, answer["error"])
    for answer in answers:
        if "expected" in answer:
            return ReplayDiverged(answer["step"], answer["expected"], answer["found"])
    return None


def check_elsewhere(
    made: Scenario, result: Result, *, hash_seeds: Sequence[int] = HASH_SEEDS
) -> str | None:
    """Verify the first run that a search of `made` recorded; a random one if it recorded none.

    Returns:
      None if it is the same elsewhere; else why that could not be found out, as of a scenario that
      stands in no file below the project.

    Raises:
      Nondeterminism: it is another run there.
    """
    with TemporaryDirectory(prefix="harness-") as folder:
        trace = result.violations[0].trace if result.violations else sample(made, result)
        try:
            diverged = verify_elsewhere(save_trace(trace, folder), hash_seeds=hash_seeds)
        except VerificationFailed as error:
            return str(error)
    if diverged is None:
        return None
    raise Nondeterminism(
        f"a run, made again in a fresh interpreter, parted at step {diverged.step}: first "
        f"{diverged.expected}, then {diverged.found}"
    )


def sample(made: Scenario, result: Result) -> Trace:
    """A random run under the model, fixes and parameters of a search, recorded."""
    model = model_of(
        made,
        fairness=None,
        time=None,
        horizon_s=result.bounds["horizon_s"],
        steps_max=result.bounds["steps_max"],
        step_timeout_s=None,
    )
    params = dict(result.params)
    faults = made.checked_faults(result.bounds.get("faults"))
    subject = Subject(scenario=made, fixes=result.fixes, params=params, model=model, faults=faults)
    with subject.kernel(result.seed) as kernel:
        subject.run(kernel, RandomWalk(result.seed), recording=True)
        return record_trace(
            kernel.engine,
            scenario=scenario_name(made),
            params=params,
            fixes=result.fixes,
            seed=result.seed,
            strategy="random",
            faults=faults,
            violation=None,
        )


def replay_all(trace_files: Sequence[str]) -> None:
    """In a child: replay each file, and print one line of JSON about it."""
    for file in trace_files:
        answer: dict[str, Any]
        try:
            answer = {"digest": replay(file).digest}
        except ReplayDiverged as error:
            answer = {"step": error.step, "expected": error.expected, "found": error.found}
        except HarnessError as error:
            answer = {"error": str(error)}
        sys.stdout.write(f"{_MARK}{json.dumps(answer)}\n")


def _start(trace_files: Sequence[str | os.PathLike[str]], hash_seed: int) -> subprocess.Popen[str]:
    files = [os.fspath(file) for file in trace_files]
    return subprocess.Popen(  # noqa: S603  # this very interpreter, and code of ours
        [sys.executable, "-P", "-c", _CHILD, json.dumps(sys.path), *files],
        env={**os.environ, "PYTHONHASHSEED": str(hash_seed)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
    )


def _answers(child: subprocess.Popen[str], file: object, timeout_s: float) -> list[dict[str, Any]]:
    try:
        out, err = child.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        raise VerificationFailed(file, f"it took longer than {timeout_s:g} s") from None
    lines = [line for line in out.splitlines() if line.startswith(_MARK)]
    if not lines:
        last = (err.strip().splitlines() or ["it said nothing"])[-1]
        raise VerificationFailed(file, f"exit code {child.returncode}: {last}")
    return [json.loads(line.removeprefix(_MARK)) for line in lines]
