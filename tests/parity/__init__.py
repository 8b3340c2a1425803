"""One body against the simulated and the real thing, which must agree."""
