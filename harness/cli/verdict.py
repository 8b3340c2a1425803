"""A verdict in words, which claim no more than what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.world.faults import in_words

if TYPE_CHECKING:
    from harness.cli.outcome import Run
    from harness.explore import Result

#: How an assumption begins on which a proof rests because somebody has said so.
_WORD_OF_THE_OWNER = "memory: tasks of "


def verdict_words(run: Run) -> str:
    """The verdict, what it rests on, and whether it was to be."""
    result = run.result
    words = [_schedules(result.schedules)]
    if result.complete and word(result) == result.verdict:
        every = "every interleaving" if result.classes is None else "every class of interleavings"
        every += f" within {result.within}" if result.within else ""
        words = [f"{every}: {_schedules(result.schedules - result.sampled)}"]
        words += [f"{result.sampled} random ones besides"] if result.sampled else []
        words += [text for text in result.assumptions if text.startswith(_WORD_OF_THE_OWNER)]
    words += [f"faults: {in_words(run.faults)}"] if run.faults else []
    words += [f"{result.resumed_from} of them before"] if result.resumed_from else []
    words += ["interrupted"] if result.interrupted else []
    if run.job.expected is not None:
        words += [f"expected: {run.job.expected}" if run.surprising else "as expected"]
    return f"{word(result)} ({', '.join(words)})"


def word(result: Result) -> str:
    """The verdict, which claims no more than the bounds of the search allow."""
    exhausted = result.verdict == "exhausted" and result.within
    return f"exhausted within {result.within}" if exhausted else result.verdict


def _schedules(count: int) -> str:
    return f"{count} schedule{'' if count == 1 else 's'}"
