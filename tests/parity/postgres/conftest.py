"""A PostgreSQL server for the tests of this folder, or a reason why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.parity.postgres.client import Postgres


@pytest.fixture(scope="package")
def postgres() -> Iterator[Postgres]:
    """Three sessions on a server of our own."""
    pytest.importorskip("psycopg", reason="psycopg is not installed: pip install psycopg[binary]")
    from tests.parity.postgres.client import Postgres
    from tests.parity.postgres.server import NoPostgres, find_programs, running_server

    try:
        find_programs()
    except NoPostgres as absent:
        pytest.skip(str(absent))
    with running_server() as address:
        backend = Postgres(address, (1, 2, 3))
        try:
            yield backend
        finally:
            backend.close()
