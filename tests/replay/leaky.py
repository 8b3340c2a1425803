"""Code that lets something in which no harness controls, each in its own way."""

from __future__ import annotations

import datetime as dt
import os
import random
import time
from collections.abc import Callable
from time import time as time_by_name
from typing import Any
from weakref import WeakSet

import trio

import harness

generator = random.Random(7)
STARTED: list[float] = []
#: Enough that they come in one order under two hash seeds once in a million times.
NAMES = frozenset("alice bob carol dave erin frank grace heidi ivan judy".split())


class Order:
    """Hashed by its address, as objects are."""


def by_id() -> int:
    """Takes the object with the lowest address."""
    orders = [Order() for _ in range(20)]
    return min(range(20), key=lambda index: id(orders[index]))


def by_hash() -> int:
    """The same, less visibly."""
    return hash(Order()) % 1_009


def by_set_of_objects() -> int:
    """Takes whatever a set of objects has first."""
    orders = [Order() for _ in range(20)]
    return orders.index(next(iter(set(orders))))


def by_weak_set() -> int:
    """The same, in the way of registries of listeners."""
    orders = [Order() for _ in range(20)]
    return orders.index(next(iter(WeakSet(orders))))


def by_set_of_tasks(tasks: set[trio.lowlevel.Task]) -> str:
    """Tasks are objects, too."""
    return next(iter(tasks)).name


def by_urandom(ask: Callable[[int], bytes] = os.urandom) -> int:
    """Randomness of the machine, through a default argument."""
    return ask(1)[0]


def by_clock(clock: Callable[[], float] = time.time) -> float:
    """The wall clock, through a default argument."""
    return clock()


def by_coarse_clock(clock: Callable[[], float] = time.time) -> int:
    """The same, but it will not change between two runs."""
    return int(clock() / 1e9)


def by_datetime(now: Callable[[], dt.datetime] = dt.datetime.now) -> int:
    """The wall clock of a class."""
    return now().microsecond


class Service:
    """Keeps its clock in the class."""

    clock = time.perf_counter

    def stamp(self) -> float:
        """The real time."""
        return type(self).clock()


def by_class_attribute() -> float:
    """See `Service`."""
    return Service().stamp()


def by_generator() -> float:
    """A generator made at import goes on from run to run."""
    return generator.random()


def by_memory() -> int:
    """So does a list in a module."""
    STARTED.append(0.0)
    return len(STARTED)


def by_sealed_clock() -> float:
    """Looked up when it is called: virtual, so harmless."""
    return time.time() + dt.datetime.now(tz=dt.UTC).timestamp()


def by_rebound_name() -> float:
    """Bound at the top of a user's module: rebound while exploring, so harmless, too."""
    return time_by_name()


def by_sealed_randomness() -> list[Any]:
    """All of it comes from the seed of the search."""
    return [os.urandom(4), random.random(), random.Random().random()]


def choosing(choose: Callable[[], object]) -> Callable[[], Any]:
    """A model that writes down what was chosen, after a little race."""

    async def model() -> None:
        cell = harness.Cell[object](None)

        async def add() -> None:
            await cell.write(1)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(add)
            nursery.start_soon(add)
        await cell.write(choose())

    return model


@harness.scenario
async def strings(world: harness.World) -> None:
    """Its order depends on PYTHONHASHSEED alone: nothing in one interpreter shows that."""
    store = world.database("store", {})
    for name in NAMES:
        await store.put(name, 1)
    if world.choose("fail", ["no", "yes"]) == "yes":
        raise LookupError("on purpose")


@harness.scenario
async def sorted_strings(world: harness.World) -> None:
    """The same, mended."""
    store = world.database("store", {})
    for name in sorted(NAMES):
        await store.put(name, 1)
    if world.choose("fail", ["no", "yes"]) == "yes":
        raise LookupError("on purpose")
