"""Typed, loud readers of the environment.

Every setting that may differ between two machines is read here, once, at the start. A missing or malformed one
stops the start with a single line that names it: `SettingProblem` is a `SystemExit`, so that the command line,
the web server and the worker all end the same way, without a traceback.
"""

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import environ


class SettingProblem(SystemExit):
    """A setting is missing or malformed. The message is one line that names it and says what is expected."""


class Environment:
    """Reads settings from ``source``, which is the process environment unless a test hands in another mapping."""

    def __init__(self, source: Mapping[str, str] | None = None) -> None:
        self.source = os.environ if source is None else source

    def text(self, name: str, default: str | None = None) -> str:
        """Return the value of ``name``; without a default it must be there and not be empty."""
        value = self.source.get(name, "").strip()
        if value:
            return value
        if default is None:
            raise SettingProblem(f"Setting {name} is missing. README.md, section Settings, says what it is for.")
        return default

    def texts(self, name: str, default: list[str] | None = None) -> list[str]:
        """Return a comma-separated list without empty entries."""
        value = self.text(name, None if default is None else ",".join(default))
        return [part.strip() for part in value.split(",") if part.strip()]

    def lines(self, name: str) -> tuple[str, ...]:
        """Return lines of text that are written with a | between them; () where nothing is said."""
        found = tuple(part.strip() for part in self.text(name, "").split("|") if part.strip())
        if len(found) > 10 or any(len(line) > 90 or not line.isprintable() for line in found):
            raise SettingProblem(f"Setting {name} must hold up to 10 lines of 90 characters, with a | between them.")
        return found

    def beginning_with(self, name: str, *beginnings: str) -> str:
        """Return a value that begins with one of ``beginnings``, such as a provider's key; "" where nothing is said."""
        value = self.text(name, "")
        if value and not value.startswith(beginnings):
            raise SettingProblem(f"Setting {name} must begin with {' or '.join(beginnings)}.")
        return value

    def choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        """Return one of ``choices``."""
        value = self.text(name, default)
        if value not in choices:
            raise SettingProblem(f"Setting {name} is {value!r}, but must be one of: {', '.join(choices)}.")
        return value

    def whole_number(self, name: str, default: int, *, at_least: int = 0) -> int:
        """Return a whole number that is not below ``at_least``."""
        value = self.text(name, str(default))
        if not value.isdecimal() or int(value) < at_least:
            raise SettingProblem(f"Setting {name} is {value!r}, but must be a whole number from {at_least} on.")
        return int(value)

    def networks(self, name: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
        """Return a comma-separated list of networks such as ``10.20.0.0/16``; () where nothing is said."""
        try:
            return tuple(ipaddress.ip_network(one) for one in self.texts(name, []))
        except ValueError as problem:
            raise SettingProblem(f"Setting {name} must list networks such as 10.20.0.0/16: {problem}.") from problem

    def folder(self, name: str, default: Path) -> Path:
        """Return an absolute path."""
        return Path(self.text(name, str(default))).expanduser().resolve()

    def files(self, name: str) -> tuple[Path, ...]:
        """Return the absolute paths of files that exist, from a comma-separated list."""
        files = tuple(Path(text).expanduser().resolve() for text in self.texts(name, []))
        for file in files:
            if not file.is_file():
                raise SettingProblem(f"Setting {name} names {file}, and there is no such file.")
        return files

    def web_address(self, name: str, default: str | None = None) -> str:
        """Return a plain http(s) address without path, such as ``https://portal.example.com``."""
        value = self.text(name, default).rstrip("/")
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
            raise SettingProblem(f"Setting {name} is {value!r}, but must look like https://portal.example.com.")
        return value

    def service_address(self, name: str, default: str) -> str:
        """Return an http(s) address that may have a path and nothing behind it; plain http only on this machine."""
        value = self.text(name, default).rstrip("/")
        parts = urlsplit(value)
        is_local = parts.hostname in ("localhost", "127.0.0.1", "::1")
        if parts.scheme != "https" and not (parts.scheme == "http" and is_local):
            raise SettingProblem(f"Setting {name} is {value!r}, but must start with https:// unless it is local.")
        if not parts.hostname or parts.query or parts.fragment or parts.username:
            raise SettingProblem(f"Setting {name} is {value!r}, but must look like {default}.")
        return value

    def database(self, name: str = "DATABASE_URL") -> dict:
        """Return Django's description of the PostgreSQL server named by a ``postgresql://`` address."""
        value = self.text(name)
        if not value.startswith(("postgres://", "postgresql://")):
            raise SettingProblem(f"Setting {name} must start with postgresql:// ; only PostgreSQL is supported.")
        try:
            parsed = environ.Env.db_url_config(value)
        except ValueError as problem:
            raise SettingProblem(f"Setting {name} is not a database address: {problem}.") from problem
        if not parsed.get("NAME"):
            raise SettingProblem(f"Setting {name} names no database: postgresql://user:password@host:5432/name.")
        return parsed

    def redis(self, name: str = "REDIS_URL", *, first_database: int = 0) -> tuple[str, str]:
        """Return (broker address, cache address) for one server: one database carries messages, the next the cache.

        Takes ``redis://``, ``rediss://`` and ``unix:///path/to/socket``.
        """
        messages, cache = first_database, first_database + 1
        value = self.text(name)
        parts = urlsplit(value)
        if parts.scheme == "unix" and parts.path:
            return f"redis+socket://{parts.path}?virtual_host={messages}", f"unix://{parts.path}?db={cache}"
        if parts.scheme in ("redis", "rediss") and parts.hostname:
            base = f"{parts.scheme}://{parts.netloc}"
            return f"{base}/{messages}", f"{base}/{cache}"
        raise SettingProblem(f"Setting {name} must look like redis://host:6379 or unix:///path/to/socket.")

    def email(self, name: str = "EMAIL_URL") -> dict:
        """Return Django's EMAIL_* settings for ``smtp://``, ``smtp+tls://`` or ``smtp+ssl://``; {} for ``inbox:``."""
        value = self.text(name)
        if value == "inbox:":
            return {}
        if not value.startswith(("smtp://", "smtp+tls://", "smtp+ssl://", "smtps://")):
            raise SettingProblem(f"Setting {name} must look like smtp+tls://user:password@host:587 or be inbox: .")
        parsed = environ.Env.email_url_config(value)
        if not parsed.get("EMAIL_HOST"):
            raise SettingProblem(f"Setting {name} names no mail server.")
        parsed.pop("EMAIL_FILE_PATH", None)
        return parsed
