"""Inside a step: virtual time, and randomness that follows from the seed."""

from __future__ import annotations

import copy
import datetime as dt
import os
import pickle
import random
import secrets
import socket
import sys
import time
import uuid

import msgspec
import pytest

from harness.kernel.seal import (
    EPOCH_S,
)
from tests.engine.sealed import Kernel, kernel, module_of

# ---- time ----------------------------------------------------------------------------------------


def test_every_clock_shows_virtual_time() -> None:
    """Wall clocks count from the epoch, all others from the beginning of the run."""
    with kernel.seal(), kernel.step():
        assert time.time() == time.clock_gettime(time.CLOCK_REALTIME) == EPOCH_S + 90.5
        assert time.time_ns() == time.clock_gettime_ns(time.CLOCK_REALTIME)
        assert time.time_ns() == EPOCH_S * 10**9 + 90_500_000_000
        for name in ("monotonic", "perf_counter", "process_time", "thread_time"):
            assert getattr(time, name)() == 90.5
            assert getattr(time, f"{name}_ns")() == 90_500_000_000
        assert time.clock_gettime(time.CLOCK_MONOTONIC) == 90.5
        assert time.clock_gettime_ns(time.CLOCK_MONOTONIC) == 90_500_000_000


def test_local_time_is_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run is the same in every office."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        with kernel.seal(), kernel.step():
            assert time.localtime() == time.gmtime()
            assert time.localtime()[:6] == (2026, 1, 1, 0, 1, 30)
            assert time.mktime(time.localtime()) == EPOCH_S + 90
            assert time.strftime("%H:%M:%S") == "00:01:30"
            assert time.strftime("%Y", time.gmtime(0)) == "1970"
            assert time.ctime() == time.asctime() == "Thu Jan  1 00:01:30 2026"
            assert time.ctime(0) == "Thu Jan  1 00:00:00 1970"
            assert dt.datetime.now().hour == 0  # noqa: DTZ005
            assert dt.datetime.fromtimestamp(0) == dt.datetime(1970, 1, 1)  # noqa: DTZ001, DTZ006
            assert dt.date.fromtimestamp(0) == dt.date(1970, 1, 1)  # noqa: DTZ012
    finally:
        monkeypatch.undo()
        time.tzset()


def test_datetime_shows_virtual_time() -> None:
    """Through the module, with and without a time zone, to the microsecond."""
    naive = dt.datetime(2026, 1, 1, 0, 1, 30, 500_000)  # noqa: DTZ001
    plus_two = dt.timezone(dt.timedelta(hours=2))
    with kernel.seal(), kernel.step():
        assert dt.datetime.now() == dt.datetime.today() == naive  # noqa: DTZ002, DTZ005
        assert dt.datetime.utcnow() == naive  # noqa: DTZ003
        assert dt.datetime.now(dt.UTC) == naive.replace(tzinfo=dt.UTC)
        assert dt.datetime.now(tz=plus_two).hour == 2
        assert dt.date.today() == dt.date(2026, 1, 1)  # noqa: DTZ011


def test_the_datetime_class_cannot_be_told_from_the_original() -> None:
    """What it makes is the original's; it equals the original, and asks it who is an instance."""
    real, real_date = dt.datetime, dt.date
    made_before = real(2020, 2, 3, 4)
    with kernel.seal():
        assert type(dt.datetime(2020, 2, 3)) is real  # noqa: DTZ001
        assert type(dt.datetime.now()) is real  # noqa: DTZ005
        assert type(dt.datetime.strptime("2020", "%Y").replace(tzinfo=dt.UTC)) is real
        assert type(dt.datetime.fromisoformat("2020-01-01")) is real
        assert type(dt.date.today()) is real_date  # noqa: DTZ011
        assert isinstance(made_before, dt.datetime)
        assert isinstance(made_before, dt.date)
        assert not isinstance(made_before.date(), dt.datetime)
        assert issubclass(real, dt.datetime)
        assert issubclass(dt.datetime, real)
        assert issubclass(dt.datetime, dt.date)
        assert not issubclass(dt.date, dt.datetime)
        assert {real: "found"}[dt.datetime] == {dt.datetime: "found"}[real] == "found"
        assert repr(dt.datetime) == repr(real)
        match made_before:
            case dt.datetime(year=year):
                assert year == 2020
            case _:
                pytest.fail("no match")


def test_datetimes_can_be_copied_and_pickled_under_a_seal() -> None:
    """And read outside of it, and the other way round."""
    value = dt.datetime(2020, 2, 3, tzinfo=dt.UTC)
    before = pickle.dumps(value)
    with kernel.seal():
        assert pickle.loads(before) == copy.copy(value) == copy.deepcopy(value) == value
        inside = pickle.dumps([value, value.date(), dt.datetime])
    assert pickle.loads(inside) == [value, value.date(), dt.datetime]
    assert type(pickle.loads(inside)[0]) is dt.datetime


def test_msgspec_reads_datetimes_under_a_seal() -> None:
    """It looks at annotations once, at the first use, and knows the original by identity alone."""
    source = """
        from __future__ import annotations
        from datetime import datetime
        import msgspec
        class Tick(msgspec.Struct):
            at: datetime
    """
    service = module_of(source)
    sys.modules["service"] = service  # where msgspec looks for it
    try:
        with kernel.seal(modules=[service]), kernel.step():
            tick = msgspec.json.decode(b'{"at": "2026-01-01T00:00:00Z"}', type=service.Tick)
        assert tick.at == dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    finally:
        del sys.modules["service"]


def test_a_subclass_made_under_a_seal_is_an_ordinary_class() -> None:
    """Its instances are its own, and its clock is virtual inside a step."""
    with kernel.seal():

        class Stamp(dt.datetime):
            pass

        assert type(Stamp(2020, 1, 1)) is Stamp
        assert not isinstance(dt.datetime(2020, 1, 1), Stamp)  # noqa: DTZ001
        assert dt.datetime != Stamp
        with kernel.step():
            now = Stamp.now(dt.UTC)
    assert type(now) is Stamp
    assert now.timestamp() == EPOCH_S + 90.5
    assert Stamp.now(dt.UTC).year >= 2024


# ---- randomness ----------------------------------------------------------------------------------


def draws() -> list[object]:
    """A little of everything that is random."""
    return [
        random.random(),
        random.choice(range(10**6)),
        random.sample(range(100), 3),
        random.gauss(0, 1),
        random.Random().random(),
        random.SystemRandom().random(),
        secrets.token_hex(8),
        secrets.choice(range(1_000)),
        os.urandom(8),
        os.getrandom(8),
        str(uuid.uuid4()),
        str(uuid.uuid1()),
        uuid.getnode(),
        os.getpid(),
        socket.gethostname(),
    ]


def test_randomness_follows_from_the_seed() -> None:
    """The same run draws the same; another seed draws otherwise."""
    seal = kernel.seal()
    with seal, kernel.step():
        seal.begin_run(7)
        first = draws()
        seal.begin_run(7)
        assert draws() == first
        assert draws() != first
        seal.begin_run(8)
        assert random.random() != first[0]


def test_owners_draw_from_streams_of_their_own() -> None:
    """What one process draws does not depend on what others drew before: their steps commute."""
    seal = kernel.seal()

    def drawn_in(order: list[str]) -> dict[str, list[list[object]]]:
        seal.begin_run(7)
        drawn: dict[str, list[list[object]]] = {}
        for kernel.process in order:
            drawn.setdefault(kernel.process, []).append(draws())
        kernel.process = Kernel.process
        return drawn

    with seal, kernel.step():
        one = drawn_in(["funding#1", "funding#1", "risk#1", "risk#1"])
        other = drawn_in(["risk#1", "funding#1", "risk#1", "funding#1"])
    assert one == other
    pairs = zip(one["funding#1"][0], one["risk#1"][0], strict=True)
    alike = [place for place, (funding, risk) in enumerate(pairs) if funding == risk]
    assert alike == [12, 14]  # the machine is the same: the node of uuid, and the host name


def test_randomness_outside_is_not_touched() -> None:
    """Neither by what a step draws, nor by a step that seeds."""
    state = random.getstate()
    seal = kernel.seal()
    with seal:
        seal.begin_run(1)
        with kernel.step():
            random.seed(3)
            first = random.random()
            inner = random.getstate()
            draws()
            random.setstate(inner)
            random.seed(3)
            assert random.random() == first
        assert random.getstate() == state
    assert random.getstate() == state
    assert first == random.Random(3).random()


def test_methods_of_the_shared_generator_that_were_bound_early_are_covered() -> None:
    """`from random import choice`, in anybody's module, ends in the generator's two sources."""
    early_choice, early_uniform = random.choice, random.uniform
    seal = kernel.seal()
    with seal, kernel.step():
        seal.begin_run(7)
        first = [early_choice(range(1_000)), early_uniform(0, 1)]
        seal.begin_run(7)
        assert [early_choice(range(1_000)), early_uniform(0, 1)] == first


def test_time_based_uuids_differ_though_time_stands_still() -> None:
    """They grow, they carry the virtual time, and each owner's are unlike the others'."""
    seal = kernel.seal()
    with seal, kernel.step():
        made = [uuid.uuid1() for _ in range(3)]
        given = uuid.uuid1(node=5, clock_seq=6)
    assert [value.version for value in made] == [1, 1, 1]
    assert made[0].time < made[1].time < made[2].time < given.time
    assert (made[0].time - 0x01B21DD213814000) / 10**7 == EPOCH_S + 90.5
    assert (given.node, given.clock_seq) == (5, 6)
