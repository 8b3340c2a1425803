"""A failure whose text says all there is to say, as pytest shows it."""

from __future__ import annotations

from typing import Any

import pytest

from harness.errors import HarnessError
from harness.testing.failure import NotSafe


def as_text(excinfo: pytest.ExceptionInfo[BaseException], test: str) -> Any:
    """The text, with no traceback, which would lead through the harness only; None for other errors."""
    texts = _texts(excinfo.value)
    if not texts:
        return None
    told = NotSafe("\n\n".join(texts)).with_traceback(excinfo.value.__traceback__)
    shown: Any = pytest.ExceptionInfo.from_exception(told).getrepr(style="value")
    if shown.reprcrash is not None:  # the line of the summary, which names the test already
        shown.reprcrash.message = texts[0].partition("\n")[0].removeprefix(f"{test}: ")
    return shown


def _texts(error: BaseException) -> list[str]:
    """What is to be said; of several failures that Hypothesis found, one after the other."""
    if isinstance(error, BaseExceptionGroup):
        texts = [_texts(one) for one in error.exceptions]
        return [text for one in texts for text in one] if all(texts) else []
    if not isinstance(error, (NotSafe, HarnessError)):
        return []
    return ["\n".join([str(error), *getattr(error, "__notes__", ())])]  # it notes the example
