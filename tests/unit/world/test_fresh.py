"""Modules of its own for every incarnation: globals are then what a restart destroys."""

from __future__ import annotations

import sys
from typing import Any

import pytest

import harness
from harness.errors import MemoryShared, ProcessMisused
from tests.unit.world.fresh_user import memory, service
from tests.unit.world.stage import holds, holds_always, once

PACKAGE = "tests.unit.world.fresh_user"
MAIN = f"{PACKAGE}.service:main"
BOTH = (f"{PACKAGE}.service", f"{PACKAGE}.memory")
#: What `service.main` publishes when nobody has remembered anything before.
NOTHING_KNOWN = [1, 1, 1, 1, 1, 1, 0.0]


@pytest.mark.parametrize("modules", [BOTH, (PACKAGE,)])
def test_every_incarnation_begins_with_nothing_remembered(modules: tuple[str, ...]) -> None:
    """By whichever kind of import the memory is reached; listed one by one, or as a package."""

    async def scenario(world: harness.World) -> None:
        store = world.database("store")
        process = world.start(MAIN, store, fresh_modules=modules)
        for number in (1, 2, 3):
            assert process.label == f"main#{number}"
            await process.wait()
            assert store.peek("seen") == NOTHING_KNOWN
            process.start_again()

    holds(scenario)


def test_two_processes_of_the_same_module_share_nothing() -> None:
    """Not even its Trio primitives, in any interleaving."""

    async def scenario(world: harness.World) -> None:
        first, second = world.database("first"), world.database("second")
        world.start(MAIN, first, name="a", fresh_modules=BOTH)
        world.start(MAIN, second, name="b", fresh_modules=BOTH)
        await world.settle()
        assert first.peek("seen") == second.peek("seen") == NOTHING_KNOWN

    assert holds_always(scenario) == 1


def test_without_it_the_same_main_is_refused() -> None:
    """That is what the option is for."""

    async def scenario(world: harness.World) -> None:
        store = world.database("store")
        process = world.start(service.main, store)
        await process.restart()
        await process.wait()

    with pytest.raises(MemoryShared):
        once(scenario)


def test_the_modules_that_all_share_are_left_as_they_were() -> None:
    """Neither `sys.modules` nor what the shared ones keep is touched."""
    before = dict(memory.CACHE), memory.COUNT, list(sys.modules)

    async def scenario(world: harness.World) -> None:
        await world.start(MAIN, world.database("store"), fresh_modules=BOTH).wait()

    holds(scenario)
    assert (dict(memory.CACHE), memory.COUNT, list(sys.modules)) == before
    assert sys.modules[f"{PACKAGE}.memory"] is memory


def test_what_is_not_listed_is_shared_and_audited() -> None:
    """The copies import it as everybody does, so it survives, so it is reported."""

    async def scenario(world: harness.World) -> None:
        process = world.start(f"{PACKAGE}.sharing:main", fresh_modules=(f"{PACKAGE}.sharing",))
        await process.wait()
        process.start_again()
        await process.wait()

    with pytest.raises(MemoryShared, match=r"CACHE .* main#1 and main#2 share"):
        once(scenario)


def test_arguments_are_audited_too() -> None:
    """They come from outside, and are no part of any module."""

    async def scenario(world: harness.World) -> None:
        for name in ("a", "b"):
            world.start(MAIN, world, name=name, fresh_modules=BOTH, may_fail=True)

    holds(scenario)

    async def sharing(world: harness.World) -> None:
        shared: list[int] = []
        for name in ("a", "b"):
            world.start(MAIN, shared, name=name, fresh_modules=BOTH, may_fail=True)
        shared.append(1)

    with pytest.raises(MemoryShared, match="an argument"):
        once(sharing)


@pytest.mark.parametrize(
    ("main", "modules", "said"),
    [
        (MAIN, (), "of one of its fresh modules"),
        (MAIN, (f"{PACKAGE}.memory",), "of one of its fresh modules"),
        (f"{PACKAGE}.service", BOTH, "of one of its fresh modules"),
        (service.main, BOTH, "of one of its fresh modules"),
        (MAIN, PACKAGE, "a tuple of names"),
        (f"{PACKAGE}.service:missing", BOTH, "has no async function missing"),
        (f"{PACKAGE}.service:not_async", BOTH, "has no async function not_async"),
        (f"{PACKAGE}.nowhere:main", (f"{PACKAGE}.nowhere",), "ModuleNotFoundError"),
        (f"{PACKAGE}.broken:main", (f"{PACKAGE}.broken",), "LookupError('no settings')"),
        ("math:sqrt", ("math",), "it is not written in Python"),
    ],
)
def test_what_cannot_be_made_afresh_is_refused(main: Any, modules: Any, said: str) -> None:
    """At the door, in one line."""

    async def scenario(world: harness.World) -> None:
        world.start(main, fresh_modules=modules)

    with pytest.raises(ProcessMisused) as refusal:
        once(scenario)
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)
