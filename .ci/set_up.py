"""Keep `.venv/`, the private environment that every `make` target runs in.

    python .ci/set_up.py [--this-python] EXTRA...

Needs nothing but Python itself, and a second call is done at once: its stamp holds a hash of
whatever the environment was made from, so a changed pyproject or constraints file updates it.

An environment that somebody made by hand is completed, not thrown away. One of ours that was
interrupted while being made is made again from nothing.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".set-up"
UNFINISHED = VENV / ".unfinished"
INPUTS = ("pyproject.toml", "constraints.txt", ".ci/set_up.py")
OLDEST = (3, 11)


def main(arguments: list[str]) -> None:
    """Bring `.venv/` up to date with the extras asked for."""
    if sys.version_info < OLDEST:
        found = sys.version.split()[0]
        sys.exit(f"Python 3.11 or newer is needed and this is {found}: add PYTHON=python3.11")
    this_python = "--this-python" in arguments
    extras = [argument for argument in arguments if not argument.startswith("--")]
    if is_current(extras, this_python=this_python):
        return
    with one_at_a_time():
        if not is_current(extras, this_python=this_python):
            set_up(extras, this_python=this_python)


def is_current(extras: list[str], *, this_python: bool) -> bool:
    """Whether the stamp is the one that `set_up` would write, or one with more extras."""
    if not (STAMP.is_file() and PYTHON.exists() and is_right_python(this_python=this_python)):
        return False
    place, digest, *installed = STAMP.read_text().split("\n")
    return [place, digest] == inputs() and set(extras) <= set(installed)


def inputs() -> list[str]:
    """What the environment depends on. Its place is part of it: a venv cannot be moved."""
    digest = hashlib.sha256()
    for name in INPUTS:
        digest.update((ROOT / name).read_bytes())
    return [str(VENV), digest.hexdigest()]


def is_right_python(*, this_python: bool) -> bool:
    """Whether the environment runs on the Python that was asked for by name, if one was."""
    config = VENV / "pyvenv.cfg"
    version = "version = {}.{}.{}".format(*sys.version_info)
    return not this_python or (config.is_file() and version in config.read_text().split("\n"))


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two `make` calls in one checkout must not install over each other."""
    descriptor = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def set_up(extras: list[str], *, this_python: bool) -> None:
    """Make or complete the environment, and stamp it last."""
    STAMP.unlink(missing_ok=True)
    if not is_usable(this_python=this_python):
        make_from_nothing()
    say(f"Installing into {VENV.name} (the first time takes a minute) ...")
    pip("install", "hatchling")  # so that the next line builds nothing with unpinned tools
    pip("install", "--no-build-isolation", "--editable", f".[{','.join(extras)}]")
    UNFINISHED.unlink(missing_ok=True)
    STAMP.write_text("\n".join([*inputs(), *extras]))


def is_usable(*, this_python: bool) -> bool:
    """Whether there is a working environment to complete."""
    if UNFINISHED.exists() or not PYTHON.exists() or not is_right_python(this_python=this_python):
        return False
    probe = f"import sys, pip; sys.exit(sys.version_info < {OLDEST})"
    return subprocess.run([PYTHON, "-c", probe], check=False, capture_output=True).returncode == 0


def make_from_nothing() -> None:
    """Make an empty environment. Until it is stamped it counts as unfinished."""
    say(f"Making {VENV.name} with Python {sys.version.split()[0]} ...")
    if VENV.is_symlink():
        VENV.unlink()
    shutil.rmtree(VENV, ignore_errors=True)
    VENV.mkdir()
    UNFINISHED.touch()
    run([sys.executable, "-m", "venv", str(VENV)], "Python cannot make a venv; see above")


def pip(command: str, *arguments: str) -> None:
    """Run pip in the environment, held to the exact versions of the constraints file."""
    quiet = ["-qq", "--disable-pip-version-check", "--no-input", "-c", "constraints.txt"]
    advice = f"pip failed; see above, and try again (rm -r {VENV.name} starts afresh)"
    run([str(PYTHON), "-m", "pip", command, *quiet, *arguments], advice)


def run(command: list[str], advice: str) -> None:
    """Run to the end or exit with a line of advice."""
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
        sys.exit(advice)


def say(line: str) -> None:
    """Tell the person who waits, on standard error: output belongs to the target."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit("interrupted: the next call carries on")
