"""Connections: in order and once, or broken; and what their users are told."""

from __future__ import annotations

import socket
import struct
from functools import partial
from typing import Any

import pytest
import trio

import harness
from tests.quality.outcomes import see
from tests.unit.world.faults.agree import agreed, seen_by
from tests.unit.world.stage import holds_always


async def _echo(world: harness.World) -> None:
    async def server() -> None:
        listener = world.listen("api")
        while True:
            stream = await listener.accept()
            try:
                while True:
                    value = await stream.receive()
                    await stream.send(value + 1)
            except (trio.EndOfChannel, trio.BrokenResourceError) as error:
                see(type(error.__cause__).__name__)

    async def client() -> None:
        try:
            async with await world.connect("api") as stream:
                await stream.send(1)
                see(await stream.receive())
                see(trio.current_time())
        except (OSError, trio.EndOfChannel, trio.BrokenResourceError) as error:
            see(type(error.__cause__ or error).__name__)

    world.start(server)
    world.start(client, killable=False)
    await trio.sleep(500)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (None, set()),
        ("refuse", {("'ConnectionRefusedError'",)}),
        ("delay", {("2", "60.0")}),
        # Nobody mends it before all else is done.
        pytest.param("cut_one_way", {("2", "500.0")}, marks=pytest.mark.soak),
        ("reset", {("'ConnectionResetError'",)}),
        (
            "kill",
            {("'ConnectionRefusedError'",), ("'EndOfChannel'",), ("'ConnectionResetError'",)},
        ),
    ],
)
def test_a_client_is_told_what_the_real_one_would_be(
    kind: str | None, told: set[tuple[str, ...]]
) -> None:
    """By the error that Trio's streams raise; and the reduction finds the same."""
    outcomes = agreed(_echo, faults={} if kind is None else {kind: 1})
    assert seen_by("client#1", outcomes) == told | {("2", "0.0")}


def test_a_peer_that_is_gone_is_noticed_with_the_second_message() -> None:
    """The first one makes it answer that it is gone."""

    async def scenario(world: harness.World) -> None:
        async def server() -> None:
            stream = await world.listen("api").accept()
            await stream.aclose()
            with pytest.raises(trio.ClosedResourceError):
                await stream.send("late")

        async def client() -> None:
            await trio.sleep(1)
            stream = await world.connect("api")
            await trio.sleep(1)
            with pytest.raises(trio.EndOfChannel):
                await stream.receive()
            await stream.send("unheard")
            with pytest.raises(trio.BrokenResourceError) as caught:
                await stream.send("refused")
            assert isinstance(caught.value.__cause__, BrokenPipeError)

        world.start(server)
        process = world.start(client)
        assert (await process.wait()).kind == "returned"

    holds_always(scenario)


def test_a_name_is_listened_to_once_and_is_free_when_its_process_is_dead() -> None:
    """As with an address."""

    async def scenario(world: harness.World) -> None:
        async def server() -> None:
            world.listen("api")
            with pytest.raises(OSError, match="in use"):
                world.listen("api")
            await trio.sleep_forever()

        process = world.start(server)
        await trio.sleep(1)
        process.kill()
        with pytest.raises(ConnectionRefusedError):
            await world.connect("api")
        process.start_again()
        await trio.sleep(1)
        await world.connect("api")
        await trio.sleep(1)
        assert process.alive

    holds_always(scenario)


async def _real(errors: list[Any]) -> None:
    """What Trio says of real sockets in the same situations."""
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]
    client = await trio.open_tcp_stream("127.0.0.1", port)
    server = await listeners[0].accept()
    server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    server.socket.close()
    await trio.sleep(0.01)
    for use in (partial(client.receive_some, 1), partial(client.send_all, b"x")):
        try:
            await use()
        except trio.BrokenResourceError as error:
            errors.append((str(error).partition("[")[0], type(error.__cause__)))
    await client.aclose()
    await listeners[0].aclose()
    with trio.socket.socket() as plain:
        try:
            await plain.connect(("127.0.0.1", port))
        except OSError as error:
            errors.append(type(error))


def test_real_sockets_say_the_same() -> None:
    """A reset, and a connection that nobody accepts."""
    errors: list[Any] = []
    trio.run(_real, errors)
    assert errors == [
        ("socket connection broken: ", ConnectionResetError),
        ("socket connection broken: ", BrokenPipeError),
        ConnectionRefusedError,
    ]


@pytest.mark.parametrize("kind", ["cut", "delay", "refuse", "reset"])
def test_a_fault_that_comes_before_who_waits_or_after_leaves_the_same_steps(kind: str) -> None:
    """The audit swaps them: whoever waits when a line is cut can do what whoever comes then can."""
    result = harness.explore(
        _echo, strategy="dpor", faults={kind: 1}, audit=300, stop_at_first=False
    )
    assert result.verdict == "exhausted"
    assert result.audit is not None
    assert result.audit.swaps
    assert not result.audit.mismatches
