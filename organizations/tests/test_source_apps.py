"""Our registrations at Microsoft: certificates before secrets, sealed where the web process cannot open them."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.core.management import CommandError, call_command
from django.utils import timezone

import sealing
from organizations.actions.source_apps import (
    CredentialProblem,
    add_certificate,
    add_secret,
    opened,
    register_app,
    retire_credential,
    usable_credentials,
)
from organizations.models import SourceApp, SourceCredential

CLIENT = "3d8f0b52-1111-4000-8000-0000000000aa"
SECRET = "a-secret-of-forty-visible-characters-xxxx"


def certificate(*, key=None, days=365, since=-1, with_key=None):
    """Return a self-signed certificate and a private key in PEM."""
    key = key or rsa.generate_private_key(public_exponent=65537, key_size=2048)
    now, name = datetime.now(UTC), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Portico")])
    signed = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now + timedelta(days=since))
        .not_valid_after(now + timedelta(days=days)).sign(key, SHA256())
    )  # fmt: skip
    kept = (with_key or key).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return signed.public_bytes(Encoding.PEM) + kept


@pytest.fixture
def app(db):
    return register_app(purpose=SourceApp.Purpose.BACKUP, client_id=CLIENT, actor="Ops", now=timezone.now())


def test_certificates_are_used_before_secrets_and_the_newest_first(app):
    now = timezone.now()
    add_secret(app=app, secret=SECRET, expires_at=None, actor="Ops", now=now)
    old = add_certificate(app=app, pem=certificate(), actor="Ops", now=now)
    new = add_certificate(app=app, pem=certificate(), actor="Ops", now=now + timedelta(seconds=1))

    kinds = [credential.pk for credential in usable_credentials(app, now=now)]

    assert kinds[:2] == [new.pk, old.pk]
    assert len(kinds) == 3


def test_what_has_ended_or_was_retired_is_not_used(app):
    now = timezone.now()
    soon = add_certificate(app=app, pem=certificate(days=2), actor="Ops", now=now)
    retired = add_certificate(app=app, pem=certificate(), actor="Ops", now=now)

    retire_credential(credential=retired, actor="Ops", now=now)
    retired.refresh_from_db()

    assert usable_credentials(app, now=now) == [soon]
    assert usable_credentials(app, now=now + timedelta(days=3)) == []
    assert retired.sealed == ""


def test_a_credential_opens_only_where_source_keys_are_held(app, settings):
    credential = add_secret(app=app, secret=SECRET, expires_at=None, actor="Ops", now=timezone.now())
    assert SECRET not in credential.sealed
    assert opened(credential) == SECRET

    settings.SOURCE_KEYS = []

    with pytest.raises(sealing.CannotUnseal, match="does not hold SOURCE_KEYS"):
        opened(credential)


def test_the_ordinary_keys_do_not_open_a_credential(app, settings):
    credential = add_secret(app=app, secret=SECRET, expires_at=None, actor="Ops", now=timezone.now())

    with pytest.raises(sealing.CannotUnseal):
        sealing.unseal(credential.sealed, purpose="source credential")


@pytest.mark.parametrize(
    ("pem", "words"),
    [
        (lambda: b"nonsense", "both in PEM"),
        (lambda: b"", "both in PEM"),
        (lambda: certificate(days=-1, since=-30), "ended on"),
        (lambda: certificate(with_key=rsa.generate_private_key(public_exponent=65537, key_size=2048)), "belong"),
        (lambda: certificate(key=rsa.generate_private_key(public_exponent=65537, key_size=1024)), "2,048 bits"),
        (lambda: certificate(key=ec.generate_private_key(ec.SECP256R1())), "RSA"),
        (lambda: certificate().partition(b"-----BEGIN PRIVATE")[0], "both in PEM"),
    ],
)
def test_a_file_that_cannot_work_is_refused_with_the_reason(app, pem, words):
    with pytest.raises(CredentialProblem, match=words):
        add_certificate(app=app, pem=pem(), actor="Ops", now=timezone.now())

    assert not SourceCredential.objects.exists()


def test_the_same_certificate_twice_is_one_credential(app):
    pem = certificate()

    pair = [add_certificate(app=app, pem=pem, actor="Ops", now=timezone.now()) for _ in range(2)]

    assert pair[0] == pair[1]


def test_another_client_id_retires_what_belonged_to_the_old_one(app):
    now = timezone.now()
    add_secret(app=app, secret=SECRET, expires_at=None, actor="Ops", now=now)

    again = register_app(purpose="BACKUP", client_id=CLIENT.replace("aa", "bb"), actor="Ops", now=now)

    assert again.pk == app.pk
    assert usable_credentials(again, now=now) == []


def test_an_operator_does_it_from_the_command_line(db, tmp_path, monkeypatch):
    file, out = tmp_path / "both.pem", io.StringIO()
    file.write_bytes(certificate())
    call_command("source_app", "add", "backup", "--client-id", CLIENT, "--certificate", str(file), stdout=out)
    monkeypatch.setattr("sys.stdin", io.StringIO(SECRET + "\n"))
    call_command("source_app", "add", "restore", "--client-id", CLIENT, "--secret", "--secret-expires", "2031-01-01",
                 stdout=out)  # fmt: skip
    number = SourceCredential.objects.get(kind="SECRET").pk
    call_command("source_app", "retire", str(number), stdout=io.StringIO())
    listed = io.StringIO()
    call_command("source_app", "--json", stdout=listed)

    states = {row["kind"]: row["state"] for row in map(json.loads, listed.getvalue().splitlines())}
    assert states == {"CERTIFICATE": "in use", "SECRET": "retired"}
    assert SECRET not in out.getvalue() + listed.getvalue()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["add", "backup", "--client-id", CLIENT], "Give either"),
        (["add", "backup", "--client-id", CLIENT, "--certificate", "/nowhere.pem"], "cannot be read"),
        (["add", "backup", "--client-id", "x", "--secret"], "invalid UUID"),
        (["retire", "4711"], "no credential 4711"),
    ],
)
def test_the_command_says_what_is_wrong_in_one_line(db, arguments, words):
    with pytest.raises(CommandError, match=words):
        call_command("source_app", *arguments, stdout=io.StringIO())
