"""A failure whose text says all there is to say, as pytest shows it."""

from __future__ import annotations

from typing import Any

import pytest

from harness.errors import HarnessError
from harness.testing.failure import NotSafe


def as_text(excinfo: pytest.ExceptionInfo[BaseException], test: str) -> Any:
    """The text, with no traceback, which would lead through the harness only; None for other errors."""
    error = excinfo.value
    if not isinstance(error, (NotSafe, HarnessError)):
        return None
    text = "\n".join([str(error), *getattr(error, "__notes__", ())])  # Hypothesis notes the example
    told = NotSafe(text).with_traceback(error.__traceback__)
    shown: Any = pytest.ExceptionInfo.from_exception(told).getrepr(style="value")
    if shown.reprcrash is not None:  # the line of the summary, which names the test already
        shown.reprcrash.message = text.partition("\n")[0].removeprefix(f"{test}: ")
    return shown
