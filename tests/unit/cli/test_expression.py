"""`-k EXPR` against Python's own reading of the same words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from harness.cli.expression import read_expression

WORDS = ["fund", "reset", "slow", "torn"]

expressions = st.recursive(
    st.sampled_from(WORDS),
    lambda inner: (
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(" ".join)
        | inner.map("not {}".format)
        | inner.map("({})".format)
    ),
    max_leaves=8,
)


@given(expressions, st.sets(st.sampled_from(WORDS)))
def test_words_combine_as_in_python(written: str, present: set[str]) -> None:
    """`not` binds before `and`, `and` before `or`, brackets first: as everybody expects."""
    name = "::".join(sorted(present))
    oracle = eval(written, {word: word in present for word in WORDS})  # the grammar is a subset

    assert oracle == read_expression(written, Path()).matches(name)


def test_case_and_place_in_the_name_do_not_matter() -> None:
    """A word matches anywhere, the file's name included."""
    assert read_expression("FUND", Path()).matches("scenarios/refunding.py::reset")


@pytest.mark.parametrize(
    "written",
    ["", "  ", "and", "a b", "a and", "(a", "a)", "not", "()", "a or or b", "not " * 999, 3],
)
def test_what_is_no_expression_is_refused(written: object) -> None:
    """With what was wanted, however deep the nonsense is."""
    with pytest.raises(ValueError, match=r"word|`and`|bracket|expression"):
        read_expression(written, Path())
