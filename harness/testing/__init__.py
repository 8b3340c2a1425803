"""For tests: look for a race in a test function, and fail with the interleaving in the message.

An async test, run under many interleavings instead of one:

    from harness.testing import explored

    @explored(strategy="dfs", require="exhausted")
    async def test_the_counter_loses_nothing() -> None: ...

Or, within a plain test, an async function that is explored:

    from harness.testing import assert_safe, find_violation

    def test_the_counter_loses_nothing() -> None:
        assert_safe(two_increments, strategy="dfs", require="exhausted")
"""

from __future__ import annotations

from harness.testing.asserting import (
    assert_safe as assert_safe,
    find_violation as find_violation,
)
from harness.testing.explored import explored as explored

__all__ = ["assert_safe", "explored", "find_violation"]
