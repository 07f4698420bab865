"""The servers and settings a command needs: those of the environment, those that run already, or fresh ones."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.launcher import keys, places
from portal.launcher.servers import CannotStart, Postgres, Valkey


@contextmanager
def embedded_servers(folder: Path, *, for_tests: bool = False) -> Iterator[dict[str, str]]:
    """Start the servers the environment does not name; yield DATABASE_URL and REDIS_URL; stop them afterwards.

    Ends the program with one line where one cannot start.
    """
    started: list[Postgres | Valkey] = []
    addresses = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
    try:
        if "DATABASE_URL" not in addresses:
            started.append(Postgres(folder / "postgres", for_tests=for_tests))
            started[-1].start()
            addresses["DATABASE_URL"] = started[-1].url
        if "REDIS_URL" not in addresses:
            started.append(Valkey(folder / "valkey"))
            started[-1].start()
            addresses["REDIS_URL"] = started[-1].url
        yield addresses
    except CannotStart as problem:
        sys.exit(str(problem))
    except OSError as problem:
        if problem.errno == errno.ENOSPC:
            sys.exit(f"The disk is full; {folder} cannot grow. Make room and start again. Nothing committed is lost.")
        raise
    finally:
        for server in reversed(started):
            server.stop()


def development_settings(var: Path, *, base_url: str) -> dict[str, str]:
    """Return the settings of a development installation; what the environment says wins."""
    defaults = {
        "PORTICO_MODE": "development",
        "BASE_URL": base_url,
        "EMAIL_URL": "inbox:",
        "VAR_DIR": str(var),
        "VAULT_STORE": f"{(var / 'vault').as_uri()}?create=yes",
        "WORKER_SOFT_SHUTDOWN_SECONDS": "2",
        "BILLING_SELLER": "Portico Operations Ltd|20 Column Street, Dublin D02 X285|VAT IE 0000000AA",
        "BILLING_BANK": "Bank of the Portico|IBAN IE00 PORT 0000 0000 0000 00|BIC PORTIE00",
        # Celery reads it at import: a worker asked to stop gives its work back instead of holding it.
        "REMAP_SIGTERM": "SIGQUIT",
        "DJANGO_SETTINGS_MODULE": "portal.settings",
    }
    return {name: os.environ.get(name) or value for name, value in defaults.items()} | keys.kept_secrets(var)


@contextmanager
def for_one_command() -> Iterator[None]:
    """Give a single management command the servers of the running family, or servers of its own while it runs."""
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL") and os.environ.get("SECRET_KEY"):
        yield
        return
    var = places.var_folder()
    try:
        lock = places.hold(var)
    except places.AlreadyRunning:
        state = places.read_state(var)
        os.environ.update(development_settings(var, base_url=state.get("base_url", "http://localhost:8000")))
        os.environ.update({name: value for name, value in state.items() if name.isupper()})
        yield
        return
    with lock, embedded_servers(var) as addresses:
        os.environ.update(development_settings(var, base_url="http://localhost:8000") | addresses)
        yield
