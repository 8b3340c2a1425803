"""Playing choices back: strictly, where everything must match, or as far as it goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import pytest
from hypothesis import given, settings, strategies as st

import harness
from harness.errors import ReplayDiverged
from harness.explore.follow import Lenient, Strict
from harness.explore.scenario import as_scenario
from harness.explore.shrink import Guided
from harness.explore.subject import Subject, schedule_of
from harness.kernel import Choice, Chooser, Kernel, Model
from tests.unit.explore.models import lost_update


async def asking(world: harness.World) -> None:
    """Two racing tasks, one of which asks a question."""
    cell = harness.Cell(0)

    async def ask() -> None:
        await cell.write(int(world.choose("amount", ["1", "2", "3"])))

    first = world.start(ask)
    await cell.add(1)
    await first.wait()
    raise LookupError("recorded")


def recorded(body: Any = asking) -> list[Choice]:
    """All choices of the last of a few random runs, which are not the default ones."""
    result = harness.explore(body, strategy="random", schedules=4, shrink=False)
    return [
        Choice(**{f: getattr(c, f) for f in FIELDS}) for c in result.violations[0].trace.choices
    ]


@attrs.frozen
class Run:
    """What is kept of a run when the next one begins."""

    ending: str
    choices: list[Choice]
    schedule: list[Choice]


FIELDS = [field.name for field in attrs.fields(Choice)]
CHOICES = recorded()


@pytest.fixture(scope="module", autouse=True)
def kernel() -> Iterator[None]:
    """One for all runs, as in an exploration; entering one takes longer than a run."""
    with Kernel(Model()) as kernel:
        KERNELS.append(kernel)
        yield
        KERNELS.clear()


KERNELS: list[Kernel] = []


def play(chooser: Chooser, body: Any = asking) -> tuple[Run, str]:
    """One run under a chooser: its record, and the digest."""
    (kernel,) = KERNELS
    subject = Subject(scenario=as_scenario(body), fixes=(), params={}, model=kernel.model)
    engine = kernel.run(subject.body, chooser, recording=True)
    return Run(engine.ending, list(engine.choices), schedule_of(engine)), engine.digest()


def diverged(choices: list[Choice]) -> ReplayDiverged:
    """How strict play-back refuses these choices."""

    def play_to_the_end() -> None:
        chooser = Strict(choices)
        play(chooser)
        chooser.check_end()

    with pytest.raises(ReplayDiverged) as divergence:
        play_to_the_end()
    return divergence.value


def changed(index: int, **changes: Any) -> list[Choice]:
    """The recorded choices with one of them edited."""
    return [*CHOICES[:index], attrs.evolve(CHOICES[index], **changes), *CHOICES[index + 1 :]]


# ---- strict ----------------------------------------------------------------------------------------


def test_a_strict_play_back_is_the_same_run() -> None:
    """Same digest, same choices, none left over."""
    chooser = Strict(CHOICES)
    run, digest = play(chooser)
    chooser.check_end()
    assert run.choices == CHOICES
    assert digest == play(Strict(CHOICES))[1]


def test_a_schedule_played_back_strictly_gives_that_schedule() -> None:
    """What the explorer keeps of a failing run is enough to make it again."""
    run, digest = play(Strict(CHOICES))
    again, digest_again = play(Strict(run.schedule))
    assert digest == digest_again
    assert [c.pick for c in run.schedule] == [c.pick for c in CHOICES]
    assert again.choices == CHOICES


@pytest.mark.parametrize("index", range(len(CHOICES)))
def test_a_label_that_is_not_on_offer_diverges_there(index: int) -> None:
    """Naming the step, what was recorded and what is on offer now."""
    error = diverged(changed(index, pick="nobody"))
    assert error.step == CHOICES[index].step
    assert error.expected.startswith("nobody among ")
    assert "a choice among " in error.found


@pytest.mark.parametrize("index", range(len(CHOICES)))
def test_another_number_of_options_diverges_there(index: int) -> None:
    """Somebody more could have gone: the run is another one already."""
    error = diverged(changed(index, options=CHOICES[index].options + 1))
    assert error.step == CHOICES[index].step


@pytest.mark.parametrize("index", range(len(CHOICES)))
def test_a_choice_of_another_kind_diverges_there(index: int) -> None:
    """A question where a task was to be picked, or the other way round."""
    kind = "data" if CHOICES[index].kind == "schedule" else "schedule"
    error = diverged(changed(index, kind=kind, what="weather"))
    assert error.step == CHOICES[index].step
    assert f"a {kind} choice 'weather'" in error.expected


def test_too_few_choices_diverge_at_the_first_that_is_missing() -> None:
    """The recorded run ended earlier than this one."""
    for count in range(len(CHOICES)):
        error = diverged(CHOICES[:count])
        assert error.step == CHOICES[count].step
        assert error.expected == "no further choice"


def test_too_many_choices_diverge_at_the_end() -> None:
    """The recorded run went on where this one has ended."""
    error = diverged([*CHOICES, CHOICES[-1]])
    assert error.expected == f"a choice of {CHOICES[-1].pick}"
    assert error.found == "the end of the run"


# ---- lenient ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [asking, lost_update])
def test_a_recorded_run_played_back_leniently_is_the_same_run(body: Any) -> None:
    """Nothing needs to be forgiven."""
    choices = recorded(body)
    assert play(Lenient(choices), body)[1] == play(Strict(choices), body)[1]


LABELS = sorted({c.pick for c in CHOICES} | {"nobody", "main", "ask#1", "clock", "2"})
ANY_CHOICE = st.builds(
    Choice,
    step=st.integers(0, 9),
    kind=st.sampled_from(["schedule", "data"]),
    what=st.sampled_from(["", "amount", "weather"]),
    pick=st.sampled_from(LABELS),
    options=st.integers(0, 4),
    default=st.booleans(),
)


@settings(max_examples=15)
@given(st.lists(ANY_CHOICE, max_size=12))
def test_any_list_of_choices_is_a_valid_run_when_played_back_leniently(
    choices: list[Choice],
) -> None:
    """It ends as runs end, and what it did can be made again strictly."""
    run, digest = play(Lenient(choices))
    assert run.ending == "raised"
    assert play(Strict(run.choices))[1] == digest


@settings(max_examples=15)
@given(st.lists(st.sampled_from(LABELS), max_size=12), st.lists(ANY_CHOICE, max_size=3))
def test_any_list_of_steps_is_a_valid_run_when_it_guides_one(
    steps: list[str], data: list[Choice]
) -> None:
    """Shrinking never has to repair what it has cut."""
    run, digest = play(Guided(steps, data))
    assert run.ending == "raised"
    assert play(Strict(run.choices))[1] == digest


def test_nothing_to_follow_is_the_default_run() -> None:
    """Every choice falls back."""
    run, _ = play(Lenient([]))
    assert all(choice.default for choice in run.choices)
    assert play(Guided([], []))[1] == play(Lenient([]))[1]


def test_an_answer_is_found_by_its_question_wherever_it_stands() -> None:
    """A question that is asked earlier or later than recorded still gets its answer."""
    answer = Choice(99, "data", "amount", "3", 3, False)
    run, _ = play(Lenient([answer]))
    assert [c.pick for c in run.choices if c.kind == "data"] == ["3"]
