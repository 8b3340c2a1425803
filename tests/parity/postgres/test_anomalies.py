"""The classic anomalies, on a real PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.world.database.isolation import Isolation
from tests.unit.database.anomalies import ANOMALIES, ROWS, Anomaly
from tests.unit.database.histories import parse, play

if TYPE_CHECKING:
    from tests.parity.postgres.client import Postgres

pytestmark = pytest.mark.soak


@pytest.mark.parametrize("level", Isolation, ids=lambda level: level.value)
@pytest.mark.parametrize("anomaly", ANOMALIES, ids=lambda anomaly: anomaly.name)
def test_the_real_postgresql_ends_an_anomaly_like_this(
    anomaly: Anomaly, level: Isolation, postgres: Postgres
) -> None:
    """What the simulation is held to in `tests/unit` is what the real thing does."""
    history = parse(anomaly.history, ROWS, level)
    postgres.prepare(history)
    anomaly.check(level, play(history, postgres))
