"""Run Trio's tests on the kernel; arguments go to pytest."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.engine.conformance.selection import MODULES

HERE = Path(__file__).parent


def main(arguments: list[str]) -> int:
    """All modules of the selection that the installed Trio has, unless some are named."""
    named = any(argument.startswith("trio.") for argument in arguments)
    modules = () if named else [module for module in MODULES if find_spec(module)]
    return pytest.main(
        [
            *("-c", str(HERE / "inner.ini"), "--rootdir", str(HERE), "-q"),
            *("-p", "trio._tests.pytest_plugin", "-p", "tests.engine.conformance.plugin"),
            *("-p", "no:trio", "-p", "no:detangle", "-p", "no:cacheprovider", "-p", "no:timeout"),
            *("-p", "no:xdist", "-p", "no:hypothesispytest", "-p", "no:randomly"),
            *("--run-slow", "--pyargs", *arguments, *modules),
        ]
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
