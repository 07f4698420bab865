"""The registered apps, read from a JSON file and read again whenever it changes."""

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from django.conf import settings


@dataclass(frozen=True)
class App:
    """One app registration, as its owner would make it in the provider's portal."""

    client_id: str
    name: str
    publisher: str
    redirect_uris: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    certificates: list[x509.Certificate] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)


class BrokenAppsFile(Exception):
    """The file of SIMULATOR_APPS cannot be read. The message is one line that says why."""


class Registry:
    """The apps of one file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple | None = None
        self._apps: dict[str, App] = {}
        self._lock = threading.Lock()

    def get(self, client_id: str) -> App | None:
        """Return the app with this id, or None. Raises `BrokenAppsFile`."""
        return self.all().get(client_id.strip().lower())

    def all(self) -> dict[str, App]:
        """Return every app by its id in lower case. Raises `BrokenAppsFile`."""
        with self._lock:
            try:
                state = self.path.stat()
                seen = (state.st_mtime_ns, state.st_size, state.st_ino)
                if seen != self._seen:
                    self._apps = {app.client_id.lower(): app for app in map(_app, json.loads(self.path.read_text()))}
                    self._seen = seen
            except (OSError, ValueError, TypeError, KeyError) as problem:
                raise BrokenAppsFile(f"SIMULATOR_APPS, {self.path}, cannot be used: {problem!r}") from problem
            return self._apps


def _app(entry: dict) -> App:
    certificates = [x509.load_pem_x509_certificate(text.encode()) for text in entry.get("certificates", [])]
    return App(
        client_id=entry["client_id"],
        name=entry["name"],
        publisher=entry["publisher"],
        redirect_uris=list(entry.get("redirect_uris", [])),
        secrets=list(entry.get("secrets", [])),
        certificates=certificates,
        roles=list(entry.get("roles", [])),
    )


registry = Registry(settings.APPS_FILE)
