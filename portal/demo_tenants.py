"""The demo's clients at the simulated Microsoft 365: our apps, their tenants, and what is protected of them.

Development only. Everything goes through the doors that a real tenant goes through, except that the simulator grants
the consent by itself.
"""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from organizations.actions.connections import connect
from organizations.actions.source_apps import add_certificate, register_app
from organizations.models import Consent, Organization, SourceApp
from organizations.permissions import permissions_of

# (people, guests, shared mailboxes, rooms, sites, teams) of a client; the first one is as large as a small practice.
# About 300 accounts in all, each with little in it, so that two cores copy everything once within a few minutes.
_SIZES = ((14, 2, 2, 1, 2, 2), (4, 0, 1, 0, 1, 1), (6, 1, 1, 1, 1, 1), (3, 0, 1, 0, 1, 1), (5, 1, 0, 1, 1, 1))
_LARGER, _LARGER_SIZE = "Maple Care Homes", (32, 3, 4, 2, 3, 3)
_LOAD = "tiny"
# Clients the demo leaves for people to connect themselves, and those that have something to look at.
_LEFT_OPEN = ("Umber Paints", "Vale Logistics", "Wren Textiles", "Yarrow Clinic")
_CONSENT_WITHDRAWN, _PERMISSION_MISSING = "Kestrel Aviation", "Harbour Hotel"


def register_apps(file: Path) -> None:
    """Make both apps and their certificates once, and tell the simulator about them in ``file``."""
    now = timezone.now()
    told = []
    for purpose in SourceApp.Purpose.values:
        pem = _kept_certificate(file.with_name(f"simulated-{purpose.lower()}.pem"), f"Portico {purpose.lower()}")
        client_id = str(uuid5(NAMESPACE_URL, f"portico demo {purpose} {pem[-200:]!r}"))
        app = register_app(purpose=purpose, client_id=client_id, actor="Demo", now=now)
        add_certificate(app=app, pem=pem, actor="Demo", now=now)
        told.append(_as_told(purpose, client_id, pem))
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps(told, indent=1))
    draft.rename(file)


def connect_clients(organizations: list[Organization], *, client_id: str, actor: User) -> int:
    """Make a tenant for each client but a few, and connect it; return how many."""
    with httpx.Client(base_url=settings.SIMULATOR_URL, timeout=60) as simulator:
        chosen = [one for one in organizations if one.name not in _LEFT_OPEN]
        for number, organization in enumerate(chosen):
            tenant = _tenant(simulator, organization, number)
            _consent(simulator, tenant, organization, client_id)
            _connect(tenant, organization, actor)
        for number, organization in enumerate(organizations):
            if organization.name in _LEFT_OPEN:
                _tenant(simulator, organization, number)
    return len(chosen)


def people_of(organization: Organization, number: int) -> tuple[int, int]:
    """Return how many people and shared mailboxes the client of this number has; none where nothing is connected."""
    if organization.name in _LEFT_OPEN:
        return 0, 0
    people, _, shared, rooms, *_ = _size_of(organization, number)
    return people, shared + rooms


def _size_of(organization: Organization, number: int) -> tuple[int, ...]:
    return _LARGER_SIZE if organization.name == _LARGER else _SIZES[number % len(_SIZES)]


def _tenant(simulator: httpx.Client, organization: Organization, number: int) -> dict:
    users, guests, shared, rooms, sites, teams = _size_of(organization, number)
    size = {"users": users, "guests": guests, "shared": shared, "rooms": rooms, "sites": sites, "teams": teams}
    answer = simulator.post(
        "/_sim/tenants",
        json={
            "name": organization.name,
            "domain": domain_of(organization),
            "size": size,
            "seed": number,
            "load": _LOAD,
        },
    )
    return answer.raise_for_status().json()


def _consent(simulator: httpx.Client, tenant: dict, organization: Organization, client_id: str) -> None:
    if organization.name == _CONSENT_WITHDRAWN:
        return
    roles = [permission.name for permission in permissions_of(SourceApp.Purpose.BACKUP)]
    if organization.name == _PERMISSION_MISSING:
        roles.remove("ChannelMessage.Read.All")
    answer = simulator.post(f"/_sim/tenants/{tenant['id']}/consent", json={"client_id": client_id, "roles": roles})
    answer.raise_for_status()


def _connect(tenant: dict, organization: Organization, actor: User) -> None:
    now = timezone.now()
    roles = [permission.name for permission in permissions_of(SourceApp.Purpose.BACKUP)]
    consent = Consent.objects.create(
        organization=organization, purpose=SourceApp.Purpose.BACKUP, state=Consent.State.PROVED, started_by=actor,
        started_at=now, expires_at=now, session_fingerprint="-", consent_fingerprint="-", tenant_id=tenant["id"],
        tenant_name=organization.name, domains=[domain_of(organization)], administrator="Demo", roles=roles,
    )  # fmt: skip
    connect(consent=consent, actor=actor, now=now)


def domain_of(organization: Organization) -> str:
    """Return the domain of a demo client, under the top-level domain nobody can own (RFC 2606)."""
    return "".join(character for character in organization.name.lower() if character.isalnum()) + ".example"


def _as_told(purpose: str, client_id: str, pem: bytes) -> dict:
    certificate = x509.load_pem_x509_certificate(pem).public_bytes(Encoding.PEM).decode("ascii")
    answers = ("organizations:consent_answer", "organizations:consent_signed_in")
    return {
        "client_id": client_id,
        "name": f"Portico {SourceApp.Purpose(purpose).label}",
        "publisher": "Northwind IT",
        "redirect_uris": [settings.BASE_URL + reverse(name) for name in answers],
        "secrets": [],
        "certificates": [certificate],
        "roles": [permission.name for permission in permissions_of(purpose)],
    }


def _kept_certificate(file: Path, name: str) -> bytes:
    """Return certificate and key in PEM, made once and kept where only their owner reads."""
    if file.exists():
        return file.read_bytes()
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=730))
        .sign(key, SHA256())
    )
    pem = certificate.public_bytes(Encoding.PEM) + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    draft = file.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(pem)
    draft.rename(file)
    return pem
