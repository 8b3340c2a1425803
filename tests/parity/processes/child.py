"""`python -m tests.parity.processes.child SERVICE FOLDER`: a real process, to be killed.

At each place it writes a line and waits for one, or goes on if its standard input is closed.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.parity.disk.real import RealDisk
from tests.parity.processes.services import SERVICES


async def _reached(place: int) -> None:
    sys.stdout.write(f"{place}\n")
    sys.stdout.flush()
    sys.stdin.readline()


def main(name: str, folder: str) -> None:
    """Run the service: it never waits for anything but its standard input."""
    try:
        SERVICES[name](RealDisk(Path(folder)), _reached).__await__().send(None)
    except StopIteration:
        return


if __name__ == "__main__":
    main(*sys.argv[1:])
