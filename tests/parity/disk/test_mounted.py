"""A disk that is full or read-only answers as a file system of ours that is made so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

NAMESPACE = ("unshare", "-rm")


def _may_mount() -> bool:
    try:
        command = [*NAMESPACE, "mount", "-t", "tmpfs", "none", "/mnt"]
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


@pytest.mark.soak
def test_read_only_and_full_file_systems_answer_alike() -> None:
    """The same numbers, and of two reasons to refuse something the same one."""
    if not _may_mount():
        pytest.skip("this machine lets nobody mount a file system, not even for themselves")
    subprocess.run(
        [*NAMESPACE, sys.executable, "-m", "tests.parity.disk.mounted"],
        cwd=Path(__file__).parents[3],
        check=True,
    )
