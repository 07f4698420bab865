"""Pytest plugin: a simulated Microsoft 365 as a process of its own, with a database of its own.

It starts once per session, when the first test asks for `microsoft`, and is empty at the beginning of each test.
"""

import datetime
import json
import os
import signal
import ssl
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psycopg2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from psycopg2 import sql

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
# Real mails, documents, calendars and contacts, where they lie beside the checkout.
CORPORA = Path(os.environ.get("SIMULATOR_CORPORA") or ROOT.parent / "shared/data/corpora")
BACKUP_ROLES = [
    "User.Read.All", "Group.Read.All", "LicenseAssignment.Read.All", "MailboxSettings.Read", "Mail.Read",
    "Calendars.Read", "Contacts.Read", "Files.Read.All", "Sites.Read.All", "Team.ReadBasic.All",
    "TeamSettings.Read.All", "Channel.ReadBasic.All", "ChannelMember.Read.All", "TeamMember.Read.All",
    "TeamsTab.Read.All", "TeamsAppInstallation.ReadForTeam.All", "ChannelMessage.Read.All",
]  # fmt: skip
RESTORE_ROLES = [
    "Mail.ReadWrite", "Calendars.ReadWrite", "Contacts.ReadWrite", "Files.ReadWrite.All", "Sites.ReadWrite.All",
    "Sites.Manage.All", "Team.Create", "TeamSettings.ReadWrite.All", "TeamMember.ReadWrite.All",
    "Channel.ReadBasic.All", "Channel.Create", "ChannelMember.ReadWrite.All", "TeamsTab.ReadWriteForTeam.All",
    "TeamsAppInstallation.ReadWriteForTeam.All", "Teamwork.Migrate.All", "ChannelMessage.Read.All",
]  # fmt: skip


@dataclass
class SimulatedApp:
    """An app registered at the simulator, with everything its owner knows."""

    name: str
    roles: list[str]
    client_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    secret: str = field(default_factory=lambda: uuid.uuid4().hex)
    publisher: str = "Northwind IT"
    redirect_uris: list[str] = field(default_factory=lambda: ["http://localhost/callback"])
    private_key_pem: str = ""
    certificate_pem: str = ""

    def __post_init__(self) -> None:
        if not self.private_key_pem:
            self.private_key_pem, self.certificate_pem = new_certificate(self.name)

    def as_json(self) -> dict:
        """Return the registration as SIMULATOR_APPS wants it."""
        return {
            "client_id": self.client_id,
            "name": self.name,
            "publisher": self.publisher,
            "redirect_uris": self.redirect_uris,
            "secrets": [self.secret],
            "certificates": [self.certificate_pem],
            "roles": self.roles,
        }


class SimulatedApps(dict):
    """The registered apps by a short name. `write` makes changes known to the simulator."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    def write(self) -> None:
        """Write all apps into the file the simulator reads."""
        whole = self.path.with_suffix(".new")
        whole.write_text(json.dumps([app.as_json() for app in self.values()]))
        whole.replace(self.path)


class SimulatorProcess:
    """`python -m simulators` and its database."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.database_url, self.apps = database_url, SimulatedApps(folder / "apps.json")
        self.environment = os.environ | {
            "SIMULATOR_DATABASE_URL": database_url,
            "SIMULATOR_APPS": str(self.apps.path),
            "SIMULATOR_HOST": "localhost",
            "SIMULATOR_PORT": "0",
            "SIMULATOR_THROTTLE": "0",
        }
        if CORPORA.exists():
            self.environment["SIMULATOR_CORPORA"] = str(CORPORA)
        # Keys take a while to make: every test's apps have the same ones.
        self.key_pairs = {name: new_certificate(name) for name in ("backup", "restore")}
        self.process: subprocess.Popen | None = None
        self.url = ""

    def start(self) -> None:
        """Start, and return when it listens."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "simulators"], cwd=ROOT, env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        watchdog = threading.Timer(START_SECONDS, self.process.kill)
        watchdog.start()
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if " listens at " in line:
                self.url = line.split(" listens at ")[1].strip()
                break
        watchdog.cancel()
        if not self.url:
            pytest.fail(f"The simulator did not start: {''.join(lines)}")
        # Somebody must read what it prints, or it would wait for ever with a full pipe.
        threading.Thread(target=self._pass_on, daemon=True).start()

    def stop(self, ending: int = signal.SIGINT) -> int:
        """Stop and return the exit code. SIGTERM would wait for connections that tests left open."""
        self.process.send_signal(ending)
        try:
            return self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def _pass_on(self) -> None:
        for line in self.process.stdout:
            sys.stderr.write(f"simulator: {line}")


class Simulator:
    """The simulator in the hands of a test. Tenants are named by their id, or by what `add_tenant` returned."""

    def __init__(self, url: str, apps: SimulatedApps) -> None:
        self.url, self.apps = url, apps
        self.login_url, self.graph_url = f"{url}/login", f"{url}/graph"
        self.client = plain_client(base_url=f"{url}/_sim", timeout=300)

    def control(self, path: str, body: object = None, *, method: str | None = None) -> object:
        """Ask the control desk; POST with a body, GET without. Fails the test on a refusal."""
        response = self.client.request(method or ("GET" if body is None else "POST"), path, json=body)
        assert response.status_code < 400, response.text
        return response.json()

    def add_tenant(self, name: str, domain: str | None = None, size: str | dict = "tiny", **facts) -> dict:
        """Make a tenant and return its facts: ``id``, ``domain``, ``admin_upn``, ``user_upn``…"""
        domain = domain or f"{name.lower().replace(' ', '-')}.example"
        return self.control("/tenants", {"name": name, "domain": domain, "size": size} | facts)

    def consent(self, tenant, client_id: str, roles: list[str] | None = None, *, propagation: float = 0) -> dict:
        """Grant an app its registered roles, or ``roles``."""
        body = {"client_id": client_id, "propagation": propagation} | ({} if roles is None else {"roles": roles})
        return self.control(f"/tenants/{_id(tenant)}/consent", body)

    def revoke(self, tenant, client_id: str) -> None:
        """Take everything from an app."""
        self.control(f"/tenants/{_id(tenant)}/consent", {"client_id": client_id}, method="DELETE")

    def mutate(self, tenant, *operations: dict) -> list[dict]:
        """Let things happen and return what each touched."""
        return self.control(f"/tenants/{_id(tenant)}/mutate", list(operations))

    def day(self, tenant, number: int | None = None) -> dict:
        """Play a working day."""
        return self.control(f"/tenants/{_id(tenant)}/day", {} if number is None else {"n": number})

    def moods(self, tenant, **moods) -> None:
        """Let the delta feeds of a tenant misbehave within the rules."""
        self.control(f"/tenants/{_id(tenant)}/moods", moods)

    def advance(self, seconds: float) -> None:
        """Move the simulator's clock on."""
        self.control("/clock", {"advance": seconds})

    def limits(self, factor: float, *services: str) -> None:
        """Switch the limits on, scaled, for all services or for those named."""
        self.control("/limits", {"factor": factor} | ({"only": services} if services else {}))

    def fault(
        self, action: dict, *, path: str = "", when: dict | None = None, times: int | None = None, **match
    ) -> dict:
        """Let requests fail."""
        rule = {"match": {"path": path} | match, "when": when or {"always": True}, "action": action, "times": times}
        return self.control("/faults", rule)

    def heal(self) -> None:
        """Remove all faults."""
        self.control("/faults", method="DELETE")

    def log(self, **filters) -> list[dict]:
        """Return the requests so far; filters are ``since``, ``tenant`` and ``unknown``."""
        response = self.client.get("/log", params=filters)
        assert response.status_code == 200, response.text
        return response.json()

    def unknown_calls(self) -> list[dict]:
        """Return the requests nobody here knows."""
        return self.log(unknown=1)

    def counters(self) -> dict:
        """Return how often things happened."""
        return self.control("/counters")

    def manifest(self, tenant, *, counts: bool = False) -> dict:
        """Return the ground truth of a tenant."""
        return self.control(f"/tenants/{_id(tenant)}/manifest{'?counts=1' if counts else ''}")

    def team(self, tenant, team: str = "", *, chats: bool = False) -> dict:
        """Return the ground truth of a team (the tenant's first, without an id): ``channels`` with their messages."""
        query = httpx.QueryParams({"team": team, "chats": int(chats)})
        told = self.control(f"/tenants/{_id(tenant)}/manifest/teams?{query}")
        return told["teams"][0] | {"chats": told["chats"]}

    def mailbox(self, tenant, user: str, *, with_bytes: bool = True) -> dict:
        """Return the ground truth of somebody's mailbox: ``folders``, ``messages``, ``events``, ``contacts``."""
        query = httpx.QueryParams({"user": user, "bytes": int(with_bytes)})
        return self.control(f"/tenants/{_id(tenant)}/manifest/outlook?{query}")["mailboxes"][0]

    def drives(self, tenant, **query) -> dict:
        """Return the ground truth of drives, lists and pages: of all sites, or of one ``user``'s or one ``site``."""
        return self.control(f"/tenants/{_id(tenant)}/manifest/drives?{httpx.QueryParams(query)}")


@pytest.fixture(scope="session")
def simulator_process(tmp_path_factory) -> Iterator[SimulatorProcess]:
    """The process, once for all tests of a session."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    server, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    name = f"simulator_{worker}_{os.getpid()}"
    process = SimulatorProcess(tmp_path_factory.mktemp("simulator"), f"{server}/{name}")
    process.apps.write()
    process.start()
    try:
        yield process
    finally:
        process.stop()
        drop_database(process.database_url)


@pytest.fixture
def microsoft(simulator_process) -> Iterator[Simulator]:
    """An empty simulated Microsoft 365 with two registered apps, ``backup`` and ``restore``."""
    apps = simulator_process.apps
    apps.clear()
    for key, name, roles in (("backup", "Portico Backup", BACKUP_ROLES), ("restore", "Portico Restore", RESTORE_ROLES)):
        private_key, certificate = simulator_process.key_pairs[key]
        apps[key] = SimulatedApp(name, list(roles), private_key_pem=private_key, certificate_pem=certificate)
    apps.write()
    simulator = Simulator(simulator_process.url, apps)
    simulator.control("/reset", {})
    yield simulator
    simulator.client.close()


def plain_client(**options) -> httpx.Client:
    """Return a client that speaks plain HTTP only, and so is made in no time."""
    # Reading the certificates of the world's authorities would take longer than most tests.
    return httpx.Client(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), trust_env=False, **options)


def connect(url: str, name: str = ""):
    """Return a connection to the database of a simulator, or to the one called ``name`` on the same server."""
    parts = urlsplit(url)
    folder, _, own = parts.path.rpartition("/")
    return psycopg2.connect(
        dbname=name or own, user=parts.username, password=parts.password, port=parts.port,
        host=parts.hostname or f"/{folder.lstrip('/')}",
    )  # fmt: skip


def drop_database(url: str) -> None:
    """Drop the database of a simulator that has ended."""
    name = url.rpartition("/")[2]
    connection = connect(url, "postgres")
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
    finally:
        connection.close()


def new_certificate(name: str) -> tuple[str, str]:
    """Return a private key and a certificate that says it is ``name``'s, both as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    day, now = datetime.timedelta(days=1), datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(
        who, who, key.public_key(), x509.random_serial_number(), now - day, now + 900 * day
    )
    certificate = builder.sign(key, hashes.SHA256())
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*form).decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()


def _id(tenant) -> str:
    return tenant["id"] if isinstance(tenant, dict) else str(tenant)
