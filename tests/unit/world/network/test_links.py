"""Links: what arrives, in which order, and what each fault does to it."""

from __future__ import annotations

from typing import Any

import pytest
import trio

import harness
from harness.errors import NetworkMisused
from tests.quality.outcomes import see
from tests.unit.world.faults.agree import agreed, seen_by
from tests.unit.world.stage import holds_always


async def _two_messages(world: harness.World) -> None:
    left, right = world.link("orders")

    async def sender() -> None:
        await left.send(1)
        await left.send(2)

    async def receiver() -> None:
        with trio.move_on_after(100):
            while True:
                see(await right.receive())
                see(trio.current_time())

    world.start(sender)
    world.start(receiver)
    await trio.sleep(500)


@pytest.mark.parametrize(
    ("kind", "arrived"),
    [
        (None, {(1, 2)}),
        ("drop", {(1, 2), (1,), (2,)}),
        ("duplicate", {(1, 2), (1, 1, 2), (1, 2, 1), (1, 2, 2)}),
        ("reorder", {(1, 2), (2, 1)}),
        ("delay", {(1, 2)}),
        ("cut", {(1, 2), (1,), (2,), ()}),
        pytest.param("cut_one_way", {(1, 2), (1,), (2,), ()}, marks=pytest.mark.soak),
    ],
)
def test_what_arrives_is_what_the_fault_leaves(kind: str | None, arrived: Any) -> None:
    """Nothing else happens to messages; and the reduction finds the same."""
    outcomes = agreed(_two_messages, faults={} if kind is None else {kind: 1})
    values = {tuple(map(float, seen))[::2] for seen in seen_by("receiver#1", outcomes)}
    assert values == arrived
    times = {float(time) for seen in seen_by("receiver#1", outcomes) for time in seen[1::2]}
    assert (max(times) >= 60) == (kind == "delay")


def test_messages_take_their_time_and_are_copied() -> None:
    """Nobody shares memory by a message, and nothing arrives before it has travelled."""

    async def scenario(world: harness.World) -> None:
        left, right = world.link("orders", latency_s=0.5)

        async def sender() -> None:
            order = {"price": 1}
            await left.send(order)
            order["price"] = 2

        async def receiver() -> None:
            assert await right.receive() == {"price": 1}
            assert trio.current_time() == 0.5

        world.start(sender)
        process = world.start(receiver)
        await process.wait()

    holds_always(scenario)


def test_a_full_link_makes_its_sender_wait() -> None:
    """Until somebody has received."""

    async def scenario(world: harness.World) -> None:
        left, right = world.link("orders", capacity=1)

        async def sender() -> None:
            for number in range(3):
                await left.send(number)
            see(trio.current_time())

        async def receiver() -> None:
            await trio.sleep(1)
            for _ in range(3):
                see(await right.receive())

        world.start(sender)
        world.start(receiver)
        await trio.sleep(5)

    outcomes = agreed(scenario)
    assert seen_by("sender#1", outcomes) == {("1.0",)}
    assert seen_by("receiver#1", outcomes) == {("0", "1", "2")}


def test_a_message_under_way_outlives_both_its_processes() -> None:
    """The next incarnation of the receiver gets it."""

    async def scenario(world: harness.World) -> None:
        left, right = world.link("orders")

        async def sender() -> None:
            await left.send("order")

        async def receiver() -> None:
            await trio.sleep(1)
            see(await right.receive())

        world.start(sender)
        process = world.start(receiver)
        await trio.sleep(0.5)
        process.kill()
        process.start_again()
        await process.wait()

    assert seen_by("receiver#2", agreed(scenario)) == {("'order'",)}


def test_one_task_at_a_time_receives_from_an_end() -> None:
    """As with Trio's streams."""

    async def scenario(world: harness.World) -> None:
        _, right = world.link("orders")

        async def receiver() -> None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(right.receive)
                await trio.sleep(1)
                with pytest.raises(trio.BusyResourceError):
                    await right.receive()
                nursery.cancel_scope.cancel()

        process = world.start(receiver)
        await process.wait()

    holds_always(scenario)


@pytest.mark.parametrize("options", [{"latency_s": -1.0}, {"capacity": 0}])
def test_what_cannot_be_is_refused(options: dict[str, Any]) -> None:
    """With what could."""

    async def scenario(world: harness.World) -> None:
        world.link("orders", **options)

    with pytest.raises(NetworkMisused, match="say at least"):
        harness.explore(scenario)


def test_two_links_have_nothing_to_do_with_each_other() -> None:
    """One order of what happens on both is as good as another: there is no network in a footprint."""

    async def scenario(world: harness.World) -> None:
        links = [world.link(name) for name in "abc"]

        async def sender(number: int) -> None:
            await links[number].left.send(number)
            await links[number].left.send(number)

        for number in range(3):
            world.start(sender, number, name=f"sender {number}")
        await trio.sleep(1)

    reduced = harness.explore(scenario, strategy="dpor", assume_independent=True)
    assert reduced.classes == 1
    dropped = harness.explore(
        scenario, strategy="dpor", assume_independent=True, faults={"drop": 1}
    )
    assert dropped.verdict == "exhausted"
    # No fault; of each link one of two messages, and the first one before or after the second was sent.
    assert dropped.classes is not None
    assert dropped.classes <= 1 + 3 * 5
