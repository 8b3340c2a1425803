"""The simulated database."""
