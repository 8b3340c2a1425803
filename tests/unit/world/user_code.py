"""Modules as a user would write them: memory in all the places where Python programs keep it."""

from __future__ import annotations

import functools
import itertools
import logging
import random
from collections import deque
from typing import Any, ClassVar

import attrs
import structlog
import trio

from tests.unit.world import user_cache

LIMITS = {"BTC": 20_000}
SEEN: dict[str, int] = {}
COUNT = 0
QUEUE: deque[int] = deque()
NUMBERS = itertools.count()
log = logging.getLogger(__name__)
events = structlog.get_logger()
generator = random.Random(7)


@attrs.define
class Totals:
    """What attrs makes by default: slots, and no `__dict__`."""

    value: int = 0


TOTALS = Totals()


class Service:
    """Memory in the class, as a typing slip leaves it there."""

    known: ClassVar[dict[str, int]] = {}

    def __init__(self) -> None:
        self.mine: dict[str, int] = {}

    async def run(self) -> None:
        """A main that is a method; the instance is made by whoever starts it."""
        self.mine["BTC"] = len(self.mine)

    async def __call__(self) -> None:
        """A main that is an object."""
        await self.run()


async def writes_a_global_dict() -> None:
    """Through a helper, as most code does."""
    _remember("BTC")


def _remember(name: str) -> None:
    SEEN[name] = SEEN.get(name, 0) + 1


async def rebinds_a_global() -> None:
    """The counter of somebody who knows that there is one thread."""
    global COUNT  # noqa: PLW0603
    COUNT += 1


async def reads_a_global() -> None:
    """Looks at what another rebinds."""
    assert COUNT >= 0


async def writes_a_queue() -> None:
    """No dict, no list."""
    QUEUE.append(1)


async def takes_a_number() -> None:
    """The state is in an iterator."""
    next(NUMBERS)


async def writes_slots() -> None:
    """An instance without a `__dict__`."""
    TOTALS.value += 1


async def writes_a_class() -> None:
    """`Service.known` is one for all processes."""
    Service.known["BTC"] = len(Service.known)


async def sets_an_attribute_of_a_module() -> None:
    """A setting that somebody changes while running."""
    user_cache.MODE = f"{user_cache.MODE}!"


async def writes_in_another_module() -> None:
    """The memory stands in a module that this one imports whole."""
    user_cache.remember("BTC")


async def writes_by_an_imported_name() -> None:
    """The memory stands in a module that this one imports from."""
    user_cache.by_name("BTC")


def decorated(function: Any) -> Any:
    """A decorator that keeps the signature."""

    @functools.wraps(function)
    async def wrapper(*args: Any) -> Any:
        return await function(*args)

    return wrapper


@decorated
async def writes_behind_a_decorator() -> None:
    """The main itself is in a closure."""
    _remember("ETH")


@functools.singledispatch
def shown(value: object) -> str:
    """Keeps a cache of types in its closure, which is nobody's memory."""
    return str(value)


async def behaves() -> None:
    """Reads constants, logs, uses functions and classes: all that a good service does."""
    log.warning("limit %s", LIMITS["BTC"])
    log.isEnabledFor(logging.DEBUG)
    events.info("up", limit=LIMITS["BTC"])
    shown(len(LIMITS))
    shown(0.5)
    mine = Service()
    await mine.run()
    totals = Totals()
    totals.value += 1
    user_cache.limit("BTC")
    await trio.lowlevel.checkpoint()
