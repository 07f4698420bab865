"""A simulated Microsoft 365 of a benchmark's own, and a client connected to a tenant of it."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from django.conf import settings
from django.db import connection as database
from django.utils import timezone

from portal.benchmarks.own_server import gather_statistics

if TYPE_CHECKING:
    from organizations.models import Connection

CLIENT_ID, SECRET = "11111111-2222-4333-8444-555555555555", "only for the benchmark, on this machine"
RESTORE_CLIENT_ID = "11111111-2222-4333-8444-666666666666"
_SIMULATOR_DATABASE = "portico_bench_simulator"


def connect_to(tenant: dict) -> "Connection":
    """Make a client whose connection leads to the simulated tenant, as if its consent had been proved."""
    from accounts.models import Partner
    from organizations.actions.source_apps import add_secret, register_app
    from organizations.models import Connection, DigestSetting, Organization, Policy, SourceApp
    from organizations.models.organization import ConnectionState

    now = timezone.now()
    organization = Organization.objects.create(partner=Partner.objects.create(name="Bench"), name="Bench")
    Policy.objects.create(organization=organization)
    DigestSetting.objects.create(organization=organization, time_zone="UTC")
    app = register_app(purpose=SourceApp.Purpose.BACKUP, client_id=CLIENT_ID, actor="Bench", now=now)
    add_secret(app=app, secret=SECRET, expires_at=None, actor="Bench", now=now)
    connection = Connection.objects.create(
        organization=organization,
        tenant_id=tenant["id"],
        domains=[tenant["domain"]],
        state=ConnectionState.CONNECTED,
        login_url=tenant["simulator"] + "/login",
        graph_url=tenant["simulator"] + "/graph",
        connected_at=now,
        connected_by="Bench",
    )
    gather_statistics()
    return connection


@contextmanager
def own_simulator(*, throttle: str = "0") -> Iterator[str]:
    """Run a simulated Microsoft 365 that knows our apps, with limits scaled by ``throttle``; yield its address."""
    from organizations.permissions import BACKUP, RESTORE

    known = [
        {
            "client_id": client_id, "name": "Bench", "publisher": "Bench", "redirect_uris": [], "secrets": [SECRET],
            "certificates": [], "roles": [permission.name for permission in permissions],
        }
        for client_id, permissions in ((CLIENT_ID, BACKUP), (RESTORE_CLIENT_ID, RESTORE))
    ]  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="portico-bench-") as folder:
        apps = Path(folder, "apps.json")
        apps.write_text(json.dumps(known))
        environment = os.environ | {
            "SIMULATOR_DATABASE_URL": database_url(_SIMULATOR_DATABASE),
            "SIMULATOR_APPS": str(apps),
            "SIMULATOR_HOST": "localhost",
            "SIMULATOR_PORT": "0",
            "SIMULATOR_THROTTLE": throttle,
        }
        environment.pop("SIMULATOR_PUBLIC_URL", None)
        command = [sys.executable, "-m", "simulators"]
        process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, text=True)
        try:
            yield _address_in(process)
        finally:
            process.terminate()
            process.wait()
            with database.cursor() as cursor:
                cursor.execute(f"DROP DATABASE IF EXISTS {_SIMULATOR_DATABASE} WITH (FORCE)")


def _address_in(process: subprocess.Popen) -> str:
    said = []
    for line in process.stdout:
        said.append(line)
        if " listens at " in line:
            return line.partition(" listens at ")[2].strip()
    raise RuntimeError(f"The simulator did not start: {''.join(said)}")


def ask(simulator: str, path: str, body: dict) -> dict:
    answer = httpx.post(f"{simulator}/_sim{path}", json=body, timeout=300)
    return answer.raise_for_status().json() | {"simulator": simulator}


def database_url(name: str) -> str:
    server, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    return f"{server}/{name}"
