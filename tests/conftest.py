"""What all tests share: how hard Hypothesis tries, and with what patience."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# A schedule under search is slow or fast by its length, not by a fault: no deadline.
settings.register_profile("dev", deadline=None)
# What lands must pass again tomorrow: the same examples every time, and nothing kept on disk.
settings.register_profile("ci", parent=settings.get_profile("dev"), derandomize=True, database=None)
settings.register_profile(
    "soak",
    parent=settings.get_profile("dev"),
    max_examples=2_000,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if "CI" in os.environ else "dev")
)
