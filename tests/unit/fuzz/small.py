"""Small scenarios to be fuzzed: each fails for what is drawn, and none by itself."""

from __future__ import annotations

import trio
from hypothesis import strategies as st

import harness
from harness.plans import Plan, Restart, Run, Space

SPACE = Space(
    services=("api",),
    jobs=("migrate",),
    hows=("full-downtime",),
    readies=("ready",),
    moves_max=3,
)


@harness.scenario(plans=SPACE, plan=Plan((Restart("api"),)))
async def migration(world: harness.World) -> None:
    """A service that loads rows one by one while a migration rewrites them sees half of it."""
    await maintained(world, in_one_step=False)


@harness.scenario(plans=SPACE, plan=Plan((Restart("api"), Run("migrate"))))
async def careful_migration(world: harness.World) -> None:
    """The same, loading both in one step."""
    await maintained(world, in_one_step=True)


async def maintained(world: harness.World, *, in_one_step: bool) -> None:
    """Carry the plan out on a service and a job."""
    rows = world.database("rows", {"a": 1, "b": 1})
    fleet = world.fleet()

    async def api() -> None:
        if in_one_step:
            a, b = (await rows.scan()).values()
        else:
            a, b = await rows.get("a"), await rows.get("b")
        assert a == b, "half of a migration"
        await world.ready()
        await trio.sleep_forever()

    async def migrate() -> None:
        async with rows.transaction() as transaction:
            await transaction.put("a", 2)
            await transaction.put("b", 2)

    fleet.service("api", api)
    fleet.job("migrate", migrate)
    await world.settle()
    await fleet.carry_out()
    world.sometimes("the maintenance is over")


@harness.scenario(
    params={"amounts": [1], "note": "x"},
    workload={"amounts": st.lists(st.integers(0, 9), max_size=4)},
)
async def deposits(world: harness.World) -> None:
    """Deposits that are made at once lose one another."""
    account = world.database("account", {"alice": 0})

    async def deposit(amount: int) -> None:
        await account.put("alice", await account.get("alice") + amount)

    amounts = world.param("amounts")
    for number, amount in enumerate(amounts):
        world.start(deposit, amount, name=f"client {number}")
    world.eventually("nothing is lost", lambda: account.peek("alice") == sum(amounts), within_s=1)


@harness.scenario(faults={"kill": 2})
async def halves(world: harness.World) -> None:
    """A transfer in two statements, of which a kill leaves one."""
    account = world.database("account", {"alice": 1, "bob": 0})

    async def transfer() -> None:
        await account.put("alice", 0)
        await account.put("bob", 1)

    world.start(transfer, may_fail=True)
    world.start(trio.sleep_forever, name="bystander")
    world.eventually(
        "no money is lost", lambda: account.peek("alice") + account.peek("bob") == 1, within_s=1
    )


@harness.scenario()
async def settled(world: harness.World) -> None:
    """Nothing to draw."""


@harness.scenario(
    plans=Space(services=("worker",), hows=("full-downtime",), moves_max=1),
    plan=Plan((Restart("worker"),)),
    horizon=20,
)
async def never_ready(world: harness.World) -> None:
    """No instance but the first is ever ready: each plan that restarts it goes on beyond the horizon."""
    count = world.database("count", {"starts": 0})

    async def worker() -> None:
        await count.update("starts", lambda n: n + 1)
        while await count.get("starts") > 1:  # noqa: ASYNC110  # it polls
            await trio.sleep(5)
        await world.ready()
        await trio.sleep_forever()

    fleet = world.fleet()
    fleet.service("worker", worker)
    await world.settle()
    await fleet.carry_out()
