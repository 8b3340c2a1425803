"""A PostgreSQL of one's own: temporary data directory, unix socket, gone afterwards."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

DEADLOCK_TIMEOUT_MS = 5

SETTINGS = {
    "listen_addresses": "''",
    "fsync": "off",
    # Nothing but the histories may take transaction numbers or clean up.
    "autovacuum": "off",
    "jit": "off",
    # Whoever closes a circle finds it before anybody else moves.
    "deadlock_timeout": f"{DEADLOCK_TIMEOUT_MS}ms",
    # Keys are looked up through the index, as in a table of any size (see `client.py`).
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_indexonlyscan": "off",
    # No predicate lock is ever widened from a row to its page for want of room.
    "max_pred_locks_per_page": "1000",
    "max_pred_locks_per_relation": "1000",
    "max_pred_locks_per_transaction": "1000",
}


class NoPostgres(Exception):
    """There is no PostgreSQL on this machine."""


def find_programs() -> Path:
    """The directory of `initdb` and `pg_ctl`.

    Raises:
        NoPostgres: neither the system nor the package `pgserver` has them.
    """
    places = [Path(found).parent for found in [shutil.which("initdb")] if found]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    package = importlib.util.find_spec("pgserver")
    if package is not None and package.origin is not None:
        places.append(Path(package.origin).parent / "pginstall" / "bin")
    for place in places:
        if (place / "initdb").exists() and (place / "pg_ctl").exists():
            return place
    raise NoPostgres("no PostgreSQL here: apt-get install postgresql, or pip install pgserver")


@contextlib.contextmanager
def running_server() -> Iterator[str]:
    """Start a server, yield how to connect to it, and remove it."""
    programs = find_programs()
    home = Path(tempfile.mkdtemp(prefix="parity-"))
    user = _unprivileged_user()
    if user is not None:
        shutil.chown(home, user)

    def run(program: str, *arguments: str) -> None:
        command = [str(programs / program), "-D", str(home / "data"), *arguments]
        with (home / "output").open("ab") as output:
            subprocess.run(command, check=True, user=user, cwd=home, stdout=output, stderr=output)

    options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
    try:
        run("initdb", "-A", "trust", "-U", "parity", "-E", "UTF8", "--no-sync")
        run("pg_ctl", "-w", "-l", str(home / "log"), "-o", f"-k {home} {options}", "start")
        try:
            yield f"host={home} user=parity dbname=postgres"
        finally:
            run("pg_ctl", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _unprivileged_user() -> str | None:
    """Whom to run the server as: it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise NoPostgres("PostgreSQL does not run as root, and there is no user to run it as")
