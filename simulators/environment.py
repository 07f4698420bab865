"""Loud readers of the simulator's environment. A missing or malformed setting ends the start with one line."""

import os
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

DEFAULT_PORT = 8365


class SettingProblem(SystemExit):
    """A setting is missing or malformed. The message is one line that names it and says what is expected."""


def host() -> str:
    """Return the name or address to listen on."""
    return _text("SIMULATOR_HOST", "localhost")


def port() -> int:
    """Return the port to listen on; 0 asks the system for a free one."""
    value = _text("SIMULATOR_PORT", str(DEFAULT_PORT))
    if not value.isdecimal() or int(value) > 65535:
        raise SettingProblem(f"Setting SIMULATOR_PORT is {value!r}, but must be a whole number from 0 to 65535.")
    return int(value)


def public_url() -> str:
    """Return the address people and programs use, without a slash at the end."""
    value = _text("SIMULATOR_PUBLIC_URL", f"http://localhost:{port()}").rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query or parts.fragment:
        raise SettingProblem(f"Setting SIMULATOR_PUBLIC_URL is {value!r}, but must look like http://localhost:8365.")
    return value


def throttle_factor() -> float:
    """Return the factor on all limits; 0 switches them off."""
    value = _text("SIMULATOR_THROTTLE", "1")
    try:
        factor = float(value)
    except ValueError:
        factor = -1.0
    if not 0 <= factor < float("inf"):
        raise SettingProblem(f"Setting SIMULATOR_THROTTLE is {value!r}, but must be a number from 0 on.")
    return factor


def apps_file() -> Path:
    """Return the path of the JSON file with the registered apps. It must be there."""
    path = Path(_text("SIMULATOR_APPS")).expanduser()
    if not path.is_file():
        raise SettingProblem(f"Setting SIMULATOR_APPS names {str(path)!r}, which is not a file.")
    return path


def stripe() -> tuple[str, str, str]:
    """Return the simulated Stripe's secret key, its webhook secret, and where events are told; "" for nowhere."""
    url = os.environ.get("SIMULATOR_STRIPE_WEBHOOK_URL", "").strip()
    if url and urlsplit(url).scheme not in ("http", "https"):
        raise SettingProblem(f"Setting SIMULATOR_STRIPE_WEBHOOK_URL is {url!r}, but must start with http.")
    key = _text("SIMULATOR_STRIPE_KEY", "sk_test_simulated")
    return key, _text("SIMULATOR_STRIPE_WEBHOOK_SECRET", "whsec_simulated"), url


def database() -> dict:
    """Return Django's description of the database of SIMULATOR_DATABASE_URL.

    Takes ``postgresql://user:password@host:5432/name`` and, for a Unix socket, ``postgresql://user@//folder/name``
    or ``postgresql://user@/name?host=/folder``.
    """
    value = _text("SIMULATOR_DATABASE_URL")
    parts = urlsplit(value)
    if parts.scheme not in ("postgresql", "postgres"):
        raise SettingProblem("Setting SIMULATOR_DATABASE_URL must start with postgresql:// ; only PostgreSQL will do.")
    folder, _, name = unquote(parts.path).rpartition("/")
    socket_folder = parse_qs(parts.query).get("host", [""])[0] or (f"/{folder.lstrip('/')}" if folder else "")
    if not name:
        raise SettingProblem("Setting SIMULATOR_DATABASE_URL names no database: postgresql://user@host:5432/name.")
    try:
        server_port = parts.port
    except ValueError as problem:
        raise SettingProblem(f"Setting SIMULATOR_DATABASE_URL is not a database address: {problem}.") from problem
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or socket_folder,
        "PORT": str(server_port or ""),
    }


def _text(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, "").strip()
    if not value and default is None:
        raise SettingProblem(f"Setting {name} is missing. simulators/README.md says what it is for.")
    return value or default
