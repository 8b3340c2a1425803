"""Questions to the code under test outside of its steps: predicates, and specifications of histories.

Nobody else would stop one that never comes back: the step is over, and no schedule point follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.errors import NeverAnswered, StepNeverYielded
from harness.kernel import private
from harness.kernel.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Callable


def answer(question: Callable[..., Any], *values: Any) -> Any:
    """`question(*values)`, which may take as long as a step may.

    Within a step, it is part of that.

    Raises:
      NeverAnswered: it took longer.
    """
    engine = getattr(private.GLOBAL_RUN_CONTEXT, "runner", None)
    if not isinstance(engine, Engine) or engine.inside:
        return question(*values)
    engine.asked += 1
    engine.asking = engine.asked
    try:
        found = question(*values)
        engine.asking = 0
    except BaseException as error:
        engine.asking = 0
        if engine.watchdog.raised:
            engine.watchdog.clear()  # as after a step: what is under way must not surface later
        if isinstance(error, StepNeverYielded):
            raise NeverAnswered(error.where) from None
        raise
    return found
