"""The three isolation levels that PostgreSQL tells apart (manual, section 13.2)."""

from __future__ import annotations

import enum


class Isolation(enum.StrEnum):
    """What a transaction may see of others. `Isolation("serializable")` takes the SQL words."""

    READ_COMMITTED = "read committed"
    REPEATABLE_READ = "repeatable read"
    SERIALIZABLE = "serializable"
