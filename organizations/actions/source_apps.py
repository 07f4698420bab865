"""Registering our apps at a provider and their credentials. Operators do it from the command line."""

from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.db import transaction

import sealing
from accounts import audit
from organizations.models import SourceApp, SourceCredential

_PURPOSE = "source credential"


class CredentialProblem(Exception):
    """The certificate or secret cannot be used; the message says why and what to give instead."""


@transaction.atomic
def register_app(*, purpose: str, client_id: str, actor: str, now: datetime) -> SourceApp:
    """Note the client id of the app registration for ``purpose``. Another id than before retires its credentials."""
    app, is_new = SourceApp.objects.select_for_update().get_or_create(
        purpose=purpose, defaults={"client_id": client_id}
    )
    if app.client_id != client_id:
        app.credentials.filter(retired_at=None).update(retired_at=now)
        app.client_id = client_id
        app.save(update_fields=["client_id"])
        is_new = True
    if is_new:
        audit.record(
            "source_app.registered", partner_id=None, actor=actor, target=app, at=now, details={"client_id": client_id}
        )
    return app


@transaction.atomic
def add_certificate(*, app: SourceApp, pem: bytes, actor: str, now: datetime) -> SourceCredential:
    """Add a certificate with its private key, both in ``pem``. Raises `CredentialProblem`.

    Older credentials stay usable, so that two overlap while one replaces the other; retire the old one afterwards.
    """
    certificate, key = _read(pem)
    if certificate.not_valid_after_utc <= now:
        raise CredentialProblem(f"The certificate ended on {certificate.not_valid_after_utc:%d %B %Y}. Make a new one.")
    hint = certificate.fingerprint(SHA256()).hex()
    existing = app.credentials.filter(hint=hint, retired_at=None).first()
    if existing:
        return existing
    return _add(app, SourceCredential.Kind.CERTIFICATE, key, hint, certificate.not_valid_after_utc, actor, now)


@transaction.atomic
def add_secret(
    *, app: SourceApp, secret: str, expires_at: datetime | None, actor: str, now: datetime
) -> SourceCredential:
    """Add a client secret; a certificate, once there is one, is used before it. Raises `CredentialProblem`."""
    if len(secret) < 16 or not secret.isprintable():
        raise CredentialProblem("That is no client secret: at least 16 visible characters are expected.")
    return _add(app, SourceCredential.Kind.SECRET, secret, secret[-4:], expires_at, actor, now)


@transaction.atomic
def retire_credential(*, credential: SourceCredential, actor: str, now: datetime) -> None:
    """Stop using a credential and forget it; the row stays as a record."""
    credential = SourceCredential.objects.select_for_update().get(pk=credential.pk)
    if credential.retired_at is None:
        credential.retired_at, credential.sealed = now, ""
        credential.save(update_fields=["retired_at", "sealed"])
        audit.record("source_app.credential_retired", partner_id=None, actor=actor, target=credential.app, at=now,
                     details={"hint": credential.hint[:8]})  # fmt: skip


def usable_credentials(app: SourceApp, *, now: datetime) -> list[SourceCredential]:
    """Return what may be used today: certificates before secrets, the newest first."""
    fresh = [
        credential
        for credential in app.credentials.filter(retired_at=None)
        if credential.expires_at is None or credential.expires_at > now
    ]
    return sorted(
        fresh, key=lambda one: (one.kind != SourceCredential.Kind.CERTIFICATE, -one.added_at.timestamp(), -one.pk)
    )


def opened(credential: SourceCredential) -> str:
    """Return the private key in PEM, or the secret. Raises `sealing.CannotUnseal` where SOURCE_KEYS is not held."""
    return sealing.unseal(credential.sealed, purpose=_PURPOSE, ring=sealing.SOURCE)


def _add(app, kind, text, hint, expires_at, actor, now) -> SourceCredential:
    credential = SourceCredential.objects.create(
        app=app,
        kind=kind,
        sealed=sealing.seal(text, purpose=_PURPOSE, ring=sealing.SOURCE),
        hint=hint,
        added_at=now,
        expires_at=expires_at,
    )
    audit.record("source_app.credential_added", partner_id=None, actor=actor, target=app, at=now,
                 details={"kind": kind, "hint": hint[:8]})  # fmt: skip
    return credential


def _read(pem: bytes) -> tuple[x509.Certificate, str]:
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as problem:
        raise CredentialProblem(
            "The file must hold a certificate and its private key without a password, both in PEM."
        ) from problem
    if key.public_key() != certificate.public_key():
        raise CredentialProblem("The private key does not belong to the certificate.")
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < 2048:
        raise CredentialProblem("The key must be RSA with at least 2,048 bits.")
    return certificate, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")
