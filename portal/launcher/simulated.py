"""The simulated Microsoft 365 of a development installation: where it runs and what both sides are told.

It is a site of its own (`simulators/`) with a database of its own; the product reaches it over HTTP like the real one.
Whoever names real addresses in the environment gets no simulator.
"""

import json
import os
import urllib.error
import urllib.request
from pathlib import Path

PORT = 8365
DATABASE = "portico_simulator"
_STRIPE_KEY, _STRIPE_WEBHOOK_SECRET = "sk_test_simulated", "whsec_simulated"


def is_wanted(environment: dict[str, str]) -> bool:
    """Return whether this start shall have a simulator: in development, unless Microsoft's addresses are set."""
    is_named = environment.get("MICROSOFT_LOGIN_URL") or environment.get("MICROSOFT_GRAPH_URL")
    return environment["PORTICO_MODE"] == "development" and not is_named


def product_settings(port: int, environment: dict[str, str]) -> dict[str, str]:
    """Return the settings that lead the product to the simulator at ``port``; a key of Stripe's own is kept."""
    url = f"http://localhost:{port}"
    stripe = {
        "STRIPE_SECRET_KEY": _STRIPE_KEY,
        "STRIPE_WEBHOOK_SECRET": _STRIPE_WEBHOOK_SECRET,
        "STRIPE_API_BASE": f"{url}/stripe",
        "STRIPE_PAGES": f"{url}/stripe",
    }
    return ({} if environment.get("STRIPE_SECRET_KEY") else stripe) | {
        "MICROSOFT_LOGIN_URL": f"{url}/login",
        "MICROSOFT_GRAPH_URL": f"{url}/graph",
        # Downloads have another host name there, as at Microsoft.
        "MICROSOFT_DOWNLOAD_HOSTS": "localhost,127.0.0.1",
        "SIMULATOR_URL": url,
    }


def simulator_settings(var: Path, port: int, environment: dict[str, str]) -> dict[str, str]:
    """Return the simulator's own settings; the file of its apps is there afterwards, empty at the first start."""
    apps = apps_file(var)
    if not apps.exists():
        apps.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        apps.write_text(json.dumps([]))
    server, _, _ = environment["DATABASE_URL"].rpartition("/")
    return {
        "SIMULATOR_HOST": "localhost",
        "SIMULATOR_PORT": str(port),
        "SIMULATOR_PUBLIC_URL": f"http://localhost:{port}",
        "SIMULATOR_DATABASE_URL": os.environ.get("SIMULATOR_DATABASE_URL") or f"{server}/{DATABASE}",
        "SIMULATOR_APPS": str(apps),
        "SIMULATOR_STRIPE_KEY": _STRIPE_KEY,
        "SIMULATOR_STRIPE_WEBHOOK_SECRET": _STRIPE_WEBHOOK_SECRET,
        "SIMULATOR_STRIPE_WEBHOOK_URL": f"{environment['BASE_URL']}/stripe/webhook/",
    }


def apps_file(var: Path) -> Path:
    """Return where the product writes which apps it has, for the simulator to read."""
    return var / "secrets" / "simulated-apps.json"


def answers(port: int) -> bool:
    """Return whether the simulator serves requests."""
    try:
        with urllib.request.urlopen(f"http://localhost:{port}/_sim/", timeout=5):
            return True
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
