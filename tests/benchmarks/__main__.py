"""Run the `main()` of every `bench_*.py` beside this file, in the order of their names."""

from __future__ import annotations

import importlib
from pathlib import Path


def main() -> None:
    """Print a heading for each benchmark, then what it prints itself."""
    for path in sorted(Path(__file__).parent.glob("bench_*.py")):
        print(f"== {path.stem.removeprefix('bench_').replace('_', ' ')}", flush=True)
        importlib.import_module(f"{__package__}.{path.stem}").main()


if __name__ == "__main__":
    main()
