"""The simulated world: processes, supervisor, flags, and what processes may share."""
