"""What Hypothesis draws is up to the seed and the strategy, not to which files happen to be loaded.

Among its numbers and texts Hypothesis tries those that stand in the source of local modules. Which of
these are loaded depends on what else is fuzzed in the same process: an input that was found beside other
scenarios would not be found again alone. So here none of them count.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from hypothesis.internal.conjecture import providers

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Hypothesis has no setting for it, and before 6.131 had no such constants: then nothing is looked up.
_LOOKED_UP = "_get_local_constants"


@contextmanager
def no_local_constants() -> Iterator[None]:
    """While it is in force, Hypothesis draws no constants of anybody's modules."""
    module: Any = providers
    if not hasattr(module, _LOOKED_UP):
        yield
        return
    original, none = getattr(module, _LOOKED_UP), module.Constants()
    module.CONSTANTS_CACHE.cache.clear()  # which holds those that were permitted before
    setattr(module, _LOOKED_UP, lambda: none)
    try:
        yield
    finally:
        setattr(module, _LOOKED_UP, original)
        module.CONSTANTS_CACHE.cache.clear()
