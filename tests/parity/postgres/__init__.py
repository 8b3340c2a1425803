"""The simulated database against a real PostgreSQL: the same histories, step by step."""
