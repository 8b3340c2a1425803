"""Tracked containers do what plain ones do, whatever is done to them."""

from __future__ import annotations

import copy
import json
import pickle
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

import harness
from harness.errors import CannotTrack
from harness.kernel import Defaults, Engine, Kernel, current_run
from harness.model import plain

KEYS: st.SearchStrategy[Any] = st.sampled_from([0, 1, 2, True, 1.0, "a", "b", None, (1, "a")])
VALUES: st.SearchStrategy[Any] = st.sampled_from([0, 1, 2, "a", (1, 2), [1], {"a": [2]}])
ITEMS = st.integers(0, 3)
SOME = st.lists(ITEMS, max_size=4)
INDEXES: st.SearchStrategy[Any] = st.one_of(
    st.integers(-3, 3), st.builds(slice, st.integers(0, 2), st.integers(1, 4))
)

Operation = tuple[str, tuple[Any, ...]]


def operation(*said: Any) -> st.SearchStrategy[Operation]:
    """A name, and strategies for what it is given."""
    return st.tuples(st.just(said[0]), st.tuples(*said[1:]))


DICT = [
    operation("__getitem__", KEYS),
    operation("__setitem__", KEYS, VALUES),
    operation("__delitem__", KEYS),
    operation("__contains__", KEYS),
    operation("get", KEYS),
    operation("get", KEYS, VALUES),
    operation("pop", KEYS),
    operation("pop", KEYS, VALUES),
    operation("setdefault", KEYS, VALUES),
    operation("update", st.dictionaries(KEYS, VALUES, max_size=2)),
    operation("__or__", st.dictionaries(KEYS, VALUES, max_size=2)),
    operation("__ior__", st.dictionaries(KEYS, VALUES, max_size=2)),
    operation("__eq__", st.dictionaries(KEYS, VALUES, max_size=2)),
    operation("fromkeys", SOME),
    *map(operation, ("popitem", "clear", "copy", "keys", "values", "items")),
    *map(operation, ("__len__", "__iter__", "__reversed__", "__repr__")),
]
LIST = [
    operation("__getitem__", INDEXES),
    operation("__setitem__", st.integers(-3, 3), VALUES),
    operation("__setitem__", st.builds(slice, st.integers(0, 2)), SOME),
    operation("__delitem__", INDEXES),
    operation("__contains__", VALUES),
    operation("append", VALUES),
    operation("insert", st.integers(-3, 3), VALUES),
    operation("extend", SOME),
    operation("pop", st.integers(-3, 3)),
    operation("remove", ITEMS),
    operation("index", ITEMS),
    operation("count", ITEMS),
    operation("__add__", SOME),
    operation("__iadd__", SOME),
    operation("__mul__", st.integers(0, 2)),
    operation("__imul__", st.integers(0, 2)),
    operation("__lt__", SOME),
    operation("__eq__", SOME),
    *map(operation, ("pop", "reverse", "clear", "copy", "sort")),
    *map(operation, ("__len__", "__iter__", "__reversed__", "__repr__")),
]
DEQUE = [
    operation("appendleft", VALUES),
    operation("extendleft", SOME),
    operation("rotate", st.integers(-2, 2)),
    operation("popleft"),
    *(o for o in LIST[3:] if o is not LIST[3]),
    operation("__getitem__", st.integers(-3, 3)),
]
SETS = st.sets(ITEMS, max_size=3)
SET = [
    *(operation(name, ITEMS) for name in ("add", "discard", "remove", "__contains__")),
    *(operation(name, SOME) for name in ("update", "union", "intersection", "difference")),
    *(operation(name, SOME) for name in ("issubset", "issuperset", "isdisjoint")),
    *(operation(name, SOME) for name in ("symmetric_difference", "difference_update")),
    *(operation(name, SOME) for name in ("intersection_update", "symmetric_difference_update")),
    *(operation(name, SETS) for name in ("__or__", "__and__", "__sub__", "__xor__", "__eq__")),
    *(operation(name, SETS) for name in ("__ior__", "__iand__", "__isub__", "__ixor__")),
    *(operation(name, SETS) for name in ("__lt__", "__le__", "__gt__", "__ge__")),
    *map(operation, ("pop", "clear", "copy", "__len__", "__iter__", "__repr__")),
]
MISSING = [operation("__getitem__", KEYS), operation("get", KEYS)]

KINDS: list[tuple[Callable[[], Any], list[st.SearchStrategy[Operation]]]] = [
    (lambda: {"a": 1, "b": [1]}, DICT),
    (lambda: OrderedDict(a=1), [*DICT, operation("move_to_end", KEYS)]),
    (lambda: defaultdict(list), [*DICT[:10], *MISSING]),
    (Counter, [*MISSING, operation("update", SOME), operation("most_common"), *DICT[:4]]),
    (lambda: [0, 1, [2]], LIST),
    (lambda: deque([0, 1], maxlen=4), DEQUE),
    (lambda: {0, 1}, SET),
]


def outcome(thing: Any, done: Operation) -> tuple[str, Any]:
    """What comes of it, as far as it can be compared."""
    name, given = done
    try:
        found = getattr(thing, name)(*copy.deepcopy(given))
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        return type(error).__name__, None
    if hasattr(found, "__next__") or name in ("keys", "values", "items"):
        found = list(found)
    return "", found


@pytest.fixture(scope="module", autouse=True)
def kernel() -> Iterator[Kernel]:
    """One for all: entering it takes longer than a thousand runs."""
    with Kernel() as entered:
        RUN.append(lambda main: entered.run(main, Defaults()))
        yield entered
    RUN.clear()


RUN: list[Callable[[Any], Engine]] = []


def inside(body: Callable[[], None]) -> None:
    """Do it within a step, where accesses are seen."""

    async def main() -> None:
        body()

    finished = RUN[0](main).main_task_outcome
    assert finished is not None
    finished.unwrap()


def everywhere(body: Callable[[], None]) -> None:
    """Within a step, and outside of any."""
    inside(body)
    body()


@pytest.mark.parametrize("kind", range(len(KINDS)))
@settings(max_examples=15)
@given(data=st.data())
def test_they_do_what_plain_ones_do(kind: int, data: st.DataObject) -> None:
    """The same answers, the same errors, and the same contents after each."""
    make, operations = KINDS[kind]
    script = data.draw(st.lists(st.one_of(operations), max_size=12))

    def body() -> None:
        oracle, memory = make(), harness.tracked(make())
        for done in script:
            expected, found = outcome(oracle, done), outcome(memory, done)

            assert expected == found, done
            assert oracle == memory
            assert memory == oracle
            assert repr(memory) == repr(oracle)
            assert plain(memory) == oracle
            assert type(plain(memory)) is type(oracle)

    everywhere(body)


def test_they_pass_for_what_they_are() -> None:
    """For `isinstance`, `match`, and for what copies them."""

    def body() -> None:
        memory = harness.tracked({"a": [1, {2}], "b": deque([3])})

        assert isinstance(memory, dict)
        assert isinstance(memory, Mapping)
        assert isinstance(memory["a"], list)
        assert memory["a"] is memory["a"]
        assert {**memory} == dict(memory) == memory == {"a": [1, {2}], "b": deque([3])}
        assert copy.copy(memory) == copy.deepcopy(memory) == memory
        assert copy.deepcopy(memory)["a"] is not memory["a"]
        assert copy.copy(memory)["a"] == memory["a"]
        assert pickle.loads(pickle.dumps(memory)) == memory
        assert [*memory["a"]] == [1, {2}]
        assert [0] + memory["a"] == [0, 1, {2}]
        assert {5} | harness.tracked({6}) == {5, 6}
        assert set(harness.tracked({6})) == {6}
        assert f"{memory['b']}" == "deque([3])"
        match memory:
            case {"a": [first, _]}:
                assert first == 1
            case _:
                raise AssertionError

    everywhere(body)


def test_what_is_within_is_tracked_and_remains_what_it_is() -> None:
    """A list put into a dict is the list that was put there, for whoever has it."""

    def body() -> None:
        mine: list[int] = []
        memory: dict[str, Any] = harness.tracked({})
        memory["list"] = mine
        memory["again"] = memory["list"]
        memory["pair"] = (memory["list"], 1)
        memory["list"].append(1)

        assert mine == [1]
        assert memory["again"] is memory["list"] or memory["again"] is mine
        assert memory["pair"][0] == [1]
        assert memory == {"list": [1], "again": [1], "pair": ([1], 1)}
        memory["self"] = memory
        assert repr(memory).endswith("'self': {...}}")

    everywhere(body)


def test_iterating_while_it_changes_is_an_error_as_ever() -> None:
    """Iterators are those of the plain container."""

    def body() -> None:
        memory = harness.tracked({1: 1, 2: 2})
        keys = iter(memory)
        memory[next(keys) + 10] = 0
        with pytest.raises(RuntimeError, match="changed size during iteration"):
            next(keys)

    everywhere(body)


def test_what_only_takes_real_containers_says_so_and_can_be_given_one() -> None:
    """In C, nobody would see what is read."""

    def body() -> None:
        memory = harness.tracked({"a": [{"b": 1}], "c": {1: (2, [3])}})

        assert json.loads(json.dumps(memory, default=plain)) == {
            "a": [{"b": 1}],
            "c": {"1": [2, [3]]},
        }

    everywhere(body)

    def refused() -> None:
        with pytest.raises(TypeError):
            json.dumps(harness.tracked({"a": 1}))

    everywhere(refused)


def test_containers_with_ways_of_their_own_are_refused() -> None:
    """What such a class does to itself could not be seen."""

    class Memory(dict[str, int]):
        pass

    with pytest.raises(CannotTrack, match=r"Memory.* keep one in an attribute"):
        harness.tracked(Memory())


def test_equal_keys_are_one_thing() -> None:
    """1, 1.0 and True name one entry, and have one label; values that are secret are not shown."""
    labels: list[str] = []

    def body() -> None:
        memory: dict[Any, int] = harness.tracked({}, name="memory")
        for key in (1, 1.0, True, -1, "1", None, (1, "a"), b"x", 0.5, frozenset(), object()):
            memory[key] = 0
        run_log = current_run().log
        labels.extend(i[0] for i in run_log if isinstance(i, tuple) and "shape" not in i[0])

    inside(body)

    assert [label.partition(":memory")[2] for label in labels[:11]] == [
        *("[1]", "[1]", "[1]", "[-1]", "['1']", "[None]", "[(1, 'a')]", "[b'x']", "[1/2]"),
        *("[...]", "[...]"),
    ]
