"""What a reduction holds on to, for more and more classes.

    python -m tests.benchmarks.memory_of_dpor N...

Each N is a process of its own: the classes of last_zero(N), and the largest resident set in KiB.
"""

from __future__ import annotations

import resource
import subprocess
import sys

import harness
from tests.quality import programs


def measure(count: int) -> str:
    """One line."""
    result = harness.explore(
        programs.last_zero(count), strategy="dpor", assume_independent=True, schedules=1_000_000
    )
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return f"{count} {result.verdict} {result.classes} {most}\n"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        sys.stdout.write(measure(int(sys.argv[2])))
    for count in sys.argv[1:] if sys.argv[1:2] != ["--one"] else []:
        subprocess.run([sys.executable, "-m", __spec__.name, "--one", count], check=True)
