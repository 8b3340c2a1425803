"""A database as a pure state machine: PostgreSQL's transactions, locks and log, and no tasks."""
