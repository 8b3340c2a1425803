"""The command line. `main` is what `harness`, `restart-harness` and `python -m harness` call."""

from __future__ import annotations

from harness.cli.main import main as main

__all__ = ["main"]
