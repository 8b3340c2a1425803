"""What a simulated step is told instead of the truth: the time, randomness, and who it is.

Time stands still within a step. There is no time zone: local time is UTC, so that a run is the same
in every office. Clocks that measure CPU time show virtual time too.

Randomness comes in one stream for each owner (a process, or a task where there is none), named after
it. One stream for all would let the order of steps decide who draws which number, and then two steps
that share nothing but `random` would not commute.
"""

from __future__ import annotations

import calendar
import random
import time
import uuid
from typing import TYPE_CHECKING, Any
from zlib import crc32

import attrs

from harness.kernel import event_loops

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.kernel.seal import Seal

#: Version 1 UUIDs count units of 100 ns from 15 October 1582 (RFC 4122, section 4.1.4).
_UUID_EPOCH = 0x01B21DD213814000
_SECOND_NS = 10**9


@attrs.define
class Streams:
    """The randomness of one owner in one run.

    Attributes:
      general: behind the functions of the `random` module.
      entropy: behind `os.urandom` and whatever is built on it.
      uuid_ticks: the timestamp of the last version 1 UUID, which must grow though time stands still.
      asyncio_tasks: how many tasks of asyncio were made; their names count them.
    """

    general: random.Random
    entropy: random.Random
    uuid_ticks: int = 0
    asyncio_tasks: int = 0

    @classmethod
    def of(cls, seed: int, owner: str) -> Streams:
        """The streams of `owner` in the run with this seed."""
        return cls(random.Random(f"{seed}|{owner}"), random.Random(f"{seed}|{owner}|entropy"))


# ---- time -----------------------------------------------------------------------------------------


def _elapsed_s(seal: Seal, _real: object) -> float:
    return seal.now()


def _elapsed_ns(seal: Seal, _real: object) -> int:
    return round(seal.now() * _SECOND_NS)


def _wall_s(seal: Seal, _real: object) -> float:
    return seal.wall_s()


def _wall_ns(seal: Seal, _real: object) -> int:
    return seal.wall_ns()


def _clock_gettime(seal: Seal, _real: object, clock: int) -> float:
    return seal.wall_s() if clock == time.CLOCK_REALTIME else seal.now()


def _clock_gettime_ns(seal: Seal, real: object, clock: int) -> int:
    return seal.wall_ns() if clock == time.CLOCK_REALTIME else _elapsed_ns(seal, real)


_gmtime, _asctime = time.gmtime, time.asctime


def _utc(seal: Seal, _real: object, seconds: float | None = None) -> time.struct_time:
    return _gmtime(seal.wall_s() if seconds is None else seconds)


def _ctime(seal: Seal, real: object, seconds: float | None = None) -> str:
    return _asctime(_utc(seal, real, seconds))


def _text_of_now(seal: Seal, real: Callable[..., str], *given: Any) -> str:
    """`time.asctime()`: the time tuple is optional."""
    return real(*(given or (_utc(seal, real),)))


def _strftime(seal: Seal, real: Callable[..., str], form: str, *given: Any) -> str:
    return real(form, *(given or (_utc(seal, real),)))


def _mktime(_seal: Seal, _real: object, local: Any) -> float:
    return float(calendar.timegm(tuple(local)))


# ---- randomness and identity ----------------------------------------------------------------------


def _drawn_by(name: str) -> Callable[..., Any]:
    def draw(seal: Seal, _real: object, *args: Any, **kwargs: Any) -> Any:
        return getattr(seal.streams().general, name)(*args, **kwargs)

    return draw


def _entropy(seal: Seal, _real: object, size: int, *_flags: int) -> bytes:
    if size < 0:
        raise ValueError("negative argument not allowed")  # as os.urandom does
    return seal.streams().entropy.randbytes(size)


def _seed_generator(
    seal: Seal, real: Callable[..., None], generator: random.Random, a: Any = None, version: int = 2
) -> None:
    """`random.Random()` without a seed takes the operating system's bytes: give it ours."""
    if a is None:
        a = seal.streams().entropy.getrandbits(256)
    real(generator, a, version)


def _uuid1(
    seal: Seal, _real: object, node: int | None = None, clock_seq: int | None = None
) -> uuid.UUID:
    streams = seal.streams()
    ticks = max(seal.wall_ns() // 100 + _UUID_EPOCH, streams.uuid_ticks + 1)
    streams.uuid_ticks = ticks
    if node is None:
        node = streams.entropy.getrandbits(48) | (1 << 40)  # the bit that says: no real address
    if clock_seq is None:
        clock_seq = streams.entropy.getrandbits(14)
    fields = (
        ticks & 0xFFFFFFFF,
        (ticks >> 32) & 0xFFFF,
        (ticks >> 48) & 0x0FFF,
        (clock_seq >> 8) & 0x3F,
        clock_seq & 0xFF,
        node,
    )
    return uuid.UUID(fields=fields, version=1)


def _getnode(_seal: Seal, _real: object) -> int:
    return 1 << 40


def _getpid(seal: Seal, _real: object) -> int:
    return 2 + crc32(seal.owner().encode()) % 32_000


def _gethostname(_seal: Seal, _real: object) -> str:
    return "simulated"


_RANDOM_FUNCTIONS = tuple(
    name
    for name in sorted(random.__all__)
    if getattr(getattr(random, name), "__self__", None) is getattr(random, "_inst", random)
)

#: Dotted path -> what answers a call inside a step.
VIRTUAL: dict[str, Callable[..., Any]] = {
    "time.time": _wall_s,
    "time.time_ns": _wall_ns,
    "time.monotonic": _elapsed_s,
    "time.monotonic_ns": _elapsed_ns,
    "time.perf_counter": _elapsed_s,
    "time.perf_counter_ns": _elapsed_ns,
    "time.process_time": _elapsed_s,
    "time.process_time_ns": _elapsed_ns,
    "time.thread_time": _elapsed_s,
    "time.thread_time_ns": _elapsed_ns,
    "time.clock_gettime": _clock_gettime,
    "time.clock_gettime_ns": _clock_gettime_ns,
    "time.gmtime": _utc,
    "time.localtime": _utc,
    "time.ctime": _ctime,
    "time.asctime": _text_of_now,
    "time.strftime": _strftime,
    "time.mktime": _mktime,
    **{f"random.{name}": _drawn_by(name) for name in _RANDOM_FUNCTIONS},
    # Methods of the shared generator that somebody bound early (`from random import choice`) end here.
    "random._inst.random": _drawn_by("random"),
    "random._inst.getrandbits": _drawn_by("getrandbits"),
    "random.Random.seed": _seed_generator,
    "random._urandom": _entropy,  # `random.SystemRandom` and `secrets`
    "os.urandom": _entropy,  # `uuid.uuid4` too
    "os.getrandom": _entropy,
    "os.getpid": _getpid,
    "uuid.uuid1": _uuid1,
    "uuid.getnode": _getnode,
    "socket.gethostname": _gethostname,
    **event_loops.RULES,
}
