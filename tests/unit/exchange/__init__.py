"""The small exchange: its arithmetic against the documentation and the account table."""
