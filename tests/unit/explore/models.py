"""Small models with a known number of interleavings, and the oracles that know it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from itertools import permutations, product
from math import factorial, prod

import trio

import harness

#: Who took each step, in order.
Order = tuple[int, ...]


def counters(steps: Sequence[int], orders: list[Order]) -> Callable[[], Awaitable[None]]:
    """Tasks that take `steps[i]` steps each, touching nothing; notes the order of each run."""

    async def model() -> None:
        order: list[int] = []

        async def task(who: int) -> None:
            for step in range(steps[who]):
                if step:
                    await trio.lowlevel.checkpoint()
                order.append(who)

        async with trio.open_nursery() as nursery:
            for who in range(len(steps)):
                nursery.start_soon(task, who)
        orders.append(tuple(order))

    return model


def multinomial(steps: Sequence[int]) -> int:
    """How many orders there are of `steps[i]` things of each kind i."""
    return factorial(sum(steps)) // prod(map(factorial, steps))


def interleavings(steps: Sequence[int]) -> set[Order]:
    """The orders themselves."""
    everyone = [who for who, count in enumerate(steps) for _ in range(count)]
    return set(permutations(everyone))


def batches(steps: Sequence[int]) -> set[Order]:
    """Orders under Trio: every runnable task takes one step in each batch, in any order."""
    rounds = [
        [who for who, count in enumerate(steps) if count > done] for done in range(max(steps))
    ]
    choices = product(*(permutations(alive) for alive in rounds))
    return {tuple(who for batch in chosen for who in batch) for chosen in choices}


async def lost_update() -> None:
    """Two read-modify-writes of one cell."""
    cell = harness.Cell(0)

    async def increment() -> None:
        await cell.write(await cell.read() + 1)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(increment)
        nursery.start_soon(increment)
    assert cell.get() == 2, "an update was lost"
