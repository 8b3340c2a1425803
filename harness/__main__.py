"""`python -m harness`: the command line under the interpreter of one's choice."""

from __future__ import annotations

import sys

from harness.cli import main

if __name__ == "__main__":
    sys.exit(main())
