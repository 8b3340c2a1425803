"""One file, its page cache and the device: held against every version that the file ever had."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings, strategies as st

from harness.world.disk.content import Content
from harness.world.disk.power import Loss, _Recovery

BLOCK_BYTES = 4

_writes = st.tuples(st.just("write"), st.integers(0, 14), st.binary(min_size=1, max_size=9))
_appends = st.tuples(st.just("append"), st.just(0), st.binary(min_size=1, max_size=9))
_cuts = st.tuples(st.just("truncate"), st.integers(0, 14), st.just(b""))
_syncs = st.tuples(st.just("sync"), st.just(0), st.just(b""))
_changes = st.lists(st.one_of(_writes, _appends), min_size=1, max_size=8)


def _do(content: Content, verb: str, number: int, data: bytes) -> None:
    if verb == "write":
        content.write(number, data)
    elif verb == "append":
        content.write(content.size_bytes, data)
    elif verb == "truncate":
        content.truncate(number)
    else:
        content.sync()


def _blocks(data: bytes) -> dict[int, bytes]:
    """Without the zeros at their ends: a file that is longer may have more of them."""
    starts = range(0, len(data), BLOCK_BYTES)
    return {start: data[start : start + BLOCK_BYTES].rstrip(b"\0") for start in starts}


def _recovered(content: Content, answers: list[int]) -> bytes:
    def decide(kind: str, what: str, options: Sequence[str]) -> int:
        return answers.pop() % len(options) if kind == "lost_write" and answers else 0

    return bytes(_Recovery(content, "f", decide, Loss()).found())


@given(changes=_changes, synced=st.integers(0, 8), answers=st.lists(st.integers(0, 1)))
@settings(max_examples=30)
def test_every_block_is_as_it_was_at_some_moment_since_the_last_sync(
    changes: list[Any], synced: int, answers: list[int]
) -> None:
    """Never older, and never a mixture; but for writes that are torn."""
    content = Content(BLOCK_BYTES)
    versions = [b""]
    for place, change in enumerate(changes):
        _do(content, *change)
        versions.append(bytes(content.cached))
        if place == synced:
            content.sync()
            versions = versions[-1:]

    found = _blocks(_recovered(content, answers))

    for start, block in found.items():
        assert block in [_blocks(version).get(start, b"") for version in versions]
    for start in _blocks(versions[0]):
        assert start in found


@given(st.lists(st.one_of(_writes, _appends, _cuts, _syncs), max_size=10))
@settings(max_examples=30)
def test_if_nothing_is_lost_all_of_it_is_found(changes: list[Any]) -> None:
    """What is durable and what is pending make up what was seen."""
    content = Content(BLOCK_BYTES)
    for change in changes:
        _do(content, *change)

    assert _recovered(content, []) == bytes(content.cached)
    content.sync()
    assert content.durable == content.cached


def test_dropped_pages_are_read_and_are_not_durable() -> None:
    """After an fsync that failed, a second one that succeeds has nothing to write."""
    content = Content(BLOCK_BYTES)
    content.write(0, b"abcdef")
    content.forget_dirty_pages()
    content.sync()

    assert content.cached == b"abcdef"
    assert content.durable == b""


def test_a_dropped_page_goes_along_with_the_next_write_to_its_block() -> None:
    """The whole block is written back; the other blocks are still lost."""
    content = Content(BLOCK_BYTES)
    content.write(0, b"abcdef")
    content.forget_dirty_pages()
    content.write(5, b"F")
    content.sync()

    assert content.durable == b"\0\0\0\0eF"
