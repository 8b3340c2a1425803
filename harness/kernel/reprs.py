"""Trio shows the error that a task ends with in the reason of a cancellation, so it must have a `repr`."""

from __future__ import annotations

from outcome import Error

from harness.kernel.aside import ASIDE


def with_repr(outcome: Error) -> Error:
    """The outcome; where the `repr` of its error raises, with one of the same name in its stead.

    Trio itself would end with an internal error there, half way through the end of the task.
    """
    error = outcome.error
    try:
        with ASIDE:
            repr(error)
    except Exception as raised:  # noqa: BLE001  # a user's `__repr__` may raise anything
        made = type(type(error).__name__, (RuntimeError,), {"__module__": type(error).__module__})
        shown = made(f"its repr raised {type(raised).__name__}, so Trio cannot tell of it")
        return Error(shown.with_traceback(error.__traceback__))
    return outcome
