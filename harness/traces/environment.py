"""Where this process runs, as a trace records it."""

from __future__ import annotations

import os
import platform
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from harness.traces.format import Environment


def current_environment() -> Environment:
    """Versions, hash seed and platform; no names of hosts, users or directories."""
    return Environment(
        python=platform.python_version(),
        trio=_version("trio"),
        harness=_version("restart-harness"),
        hash_seed=os.environ.get("PYTHONHASHSEED") or "random",
        platform=f"{sys.platform} {platform.machine()}".strip(),
    )


@cache
def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "unknown"
