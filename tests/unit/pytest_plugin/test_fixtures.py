"""Fixtures of explored tests: made for each schedule, or known not to change."""

from __future__ import annotations

import pytest

from tests.unit.pytest_plugin.conftest import Session

pytest_plugins = ["pytester"]

ASYNC = """
SEEN = {"up": 0, "down": 0}

@pytest.fixture
async def basket(world):
    SEEN["up"] += 1
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.sleep_forever)
        yield []
        nursery.cancel_scope.cancel()
    SEEN["down"] += 1

@pytest.fixture
def full(basket):
    basket.append("apple")
    yield basket
    assert basket == ["apple", "pear", 1]

@pytest.fixture(params=["a"])
async def price(request):
    assert request.param == "a"
    await trio.sleep(3)
    return {}

@pytest.mark.trio
@explored
async def test_marked_for_trio_too(price):
    harness.Cell(0)  # which there is in schedules only

class TestShop:
    @pytest.fixture
    async def owner(self, nursery):
        assert not hasattr(self, "name")
        self.name = "anna"
        nursery.start_soon(trio.sleep_forever)
        return self.name

    @explored(strategy="dfs", require="exhausted")
    async def test_each_schedule_has_its_own(self, full, basket, price, owner, nursery, world):
        assert owner == self.name == "anna" and not price and full is basket
        price["apple"] = 1
        full.append("pear")
        async with trio.open_nursery() as inner:
            inner.start_soon(trio.lowlevel.checkpoint)
            inner.start_soon(trio.lowlevel.checkpoint)
        full.append(1)

def test_it_was_made_often():
    assert SEEN["up"] == SEEN["down"] > 2
"""


@pytest.mark.parametrize("mode", ["", "[pytest]\ntrio_mode = true\n"])
def test_async_fixtures_are_made_and_ended_in_each_schedule(
    session: Session, pytester: pytest.Pytester, mode: str
) -> None:
    """Of all kinds, in nurseries, in classes, with the world; the same with and without pytest-trio's mode."""
    pytester.makefile(".ini", pytest=mode)

    session(ASYNC).assert_outcomes(passed=3)


def test_setting_up_is_not_explored(session: Session) -> None:
    """A fixture's tasks add nothing to what there is to search, and take nothing away from it."""
    source = """
@pytest.fixture
async def started():
    async with trio.open_nursery() as nursery:
        for _ in range(2):
            nursery.start_soon(trio.lowlevel.checkpoint)
        await trio.lowlevel.checkpoint()
        yield
        await trio.lowlevel.checkpoint()

@explored(strategy="dfs")
async def test_it(started):
    assert await visited({count}) == {count}
"""
    one = session(source.format(count=1))
    one.assert_outcomes(passed=1)
    one.stdout.fnmatch_lines(["harness: 1 explored (1 exhausted), 1 schedules"])
    session(source.format(count=2)).assert_outcomes(failed=1)


def test_what_fails_around_a_test_fails_it(session: Session) -> None:
    """A task of a fixture cancels the test and is named; ends of fixtures run whatever happened."""
    result = session("""
ENDED = []

@pytest.fixture
async def service():
    async def crash():
        await trio.sleep(1)
        raise OSError("the service died")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(crash)
        yield

@pytest.fixture
async def log():
    yield
    ENDED.append(1)  # not in a `finally`

@explored
async def test_crashed(service, log):
    await trio.sleep_forever()

@explored
async def test_failed(log):
    assert False, "the test itself"

@pytest.fixture
async def twice():
    yield
    yield

@explored
async def test_twice(twice): ...

def test_ended():
    assert ENDED
""")

    result.assert_outcomes(passed=1, failed=3)
    result.stdout.fnmatch_lines(
        [
            "test_crashed: main raises nothing (OSError)",
            "test_failed: main raises nothing (AssertionError)",
            "  main raised AssertionError: the test itself*",
            "test_twice: main raises nothing (RuntimeError)",
        ]
    )


def test_a_fixture_that_can_be_changed_is_refused_unless_it_is_shared(session: Session) -> None:
    """Wherever it is asked for; the line says what to do."""
    result = session("""
@pytest.fixture
def cart():
    return []

@explored
async def test_refused(cart): ...

@pytest.fixture
async def shop(cart): ...

@explored
async def test_refused_below(shop): ...

@explored(shared=("cart",), schedules=2)
async def test_shared(cart, shop): ...
""")

    result.assert_outcomes(passed=1, failed=1, errors=1)
    text = result.stdout.str()
    assert text.count("the fixture 'cart' gives a list, which is made once:") >= 2
    assert '`@explored(shared=("cart",))`' in text
    assert "Traceback" not in text


def test_fixtures_that_cannot_be_changed_are_taken(session: Session) -> None:
    """Numbers, paths, frozen things, functions that make what they return; and pytest's own."""
    session("""
import dataclasses, decimal, os

@dataclasses.dataclass(frozen=True)
class Plan:
    steps: tuple

@pytest.fixture(params=[1, "a", None, decimal.Decimal(2), Plan((1, frozenset({2}))), list, dict])
def constant(request):
    return request.param

@pytest.fixture(scope="session")
def basket():
    return list

@explored(schedules=3)
async def test_it(constant, basket, tmp_path, request, pytestconfig, monkeypatch):
    assert "CHANGED" not in os.environ
    monkeypatch.setenv("CHANGED", "1")
    assert basket() == [] and tmp_path.is_dir()
    await visited()

def test_nothing_stayed():
    assert "CHANGED" not in os.environ
""").assert_outcomes(passed=8)


def test_what_has_no_meaning_in_many_schedules_is_refused(session: Session) -> None:
    """Captured output, captured logs, another clock; each says what to do."""
    result = session("""
@explored
async def test_printing(capsys): ...

@explored
async def test_logging(caplog): ...

@explored
async def test_timed(autojump_clock): ...

def test_plain(world): ...

@pytest.fixture(scope="module")
async def everybodys(): ...

@explored
async def test_wide(everybodys): ...
""")

    result.assert_outcomes(failed=3, errors=2)
    for name, says in (
        ("capsys", "it would hold what all schedules print"),
        ("caplog", "what a schedule logs is in its interleaving"),
        ("autojump_clock", "time is virtual in every schedule already"),
        ("everybodys", "it is async and made once for a module"),
    ):
        result.stdout.fnmatch_lines([f"an explored test cannot take '{name}': {says}*"])
    result.stdout.fnmatch_lines(["test_plain asks for a world, and is not @explored"])


def test_parameters_are_copied_for_each_schedule(session: Session) -> None:
    """They are data: a list that a test changes is whole again in the next schedule."""
    result = session(
        """
@pytest.mark.parametrize("rows", [[1], [1, 2]])
@pytest.mark.parametrize("more", [3, 4], ids=["three", "four"])
@explored(strategy="dfs")
async def test_it(rows, more):
    assert len(rows) < 3
    rows.append(more)
    await visited()

@pytest.mark.parametrize("lock", [__import__("threading").Lock()])
@explored
async def test_lock(lock): ...
""",
        "-v",
    )

    result.assert_outcomes(passed=4, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*test_it?three-rows0? PASSED*",
            "the argument 'lock' is a lock, which can be changed and*",
        ]
    )
