"""The classic anomalies end as in PostgreSQL, at each isolation level."""

from __future__ import annotations

import pytest

from harness.world.database.isolation import Isolation
from tests.unit.database.anomalies import ANOMALIES, ROWS, Anomaly
from tests.unit.database.histories import Simulation, parse, play


@pytest.mark.parametrize("level", Isolation, ids=lambda level: level.value)
@pytest.mark.parametrize("anomaly", ANOMALIES, ids=lambda anomaly: anomaly.name)
def test_an_anomaly_ends_as_in_postgresql(anomaly: Anomaly, level: Isolation) -> None:
    """Every statement's result or error, in this exact order, who waits, and what is left."""
    history = parse(anomaly.history, ROWS, level)
    anomaly.check(level, play(history, Simulation(history)))
