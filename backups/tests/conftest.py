"""The product pointed at the simulated Microsoft 365, with its apps registered on both sides."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from backups.tests.looks import Clock
from backups.tests.scripted_provider import Provider
from backups.vault.root_keys import new_root_key
from organizations.actions.source_apps import add_certificate, register_app
from organizations.models import Policy, SourceApp


@pytest.fixture
def source(microsoft, db, settings):
    """The simulator, with our two apps known there and their certificates known here."""
    settings.MICROSOFT_LOGIN_URL, settings.MICROSOFT_GRAPH_URL = microsoft.login_url, microsoft.graph_url
    answers = ("organizations:consent_answer", "organizations:consent_signed_in")
    for purpose in SourceApp.Purpose.values:
        simulated = microsoft.apps[purpose.lower()]
        simulated.redirect_uris = [settings.BASE_URL + reverse(name) for name in answers]
        app = register_app(purpose=purpose, client_id=simulated.client_id, actor="Ops", now=timezone.now())
        pem = (simulated.certificate_pem + simulated.private_key_pem).encode()
        add_certificate(app=app, pem=pem, actor="Ops", now=timezone.now())
    microsoft.apps.write()
    return microsoft


@pytest.fixture
def vault_store(tmp_path, monkeypatch):
    """A place for the vaults of this test, and the key above their keys."""
    monkeypatch.setenv("VAULT_STORE", f"file://{tmp_path / 'vault'}?create=yes")
    monkeypatch.setenv("VAULT_ROOT_KEYS", new_root_key())
    return tmp_path / "vault"


@pytest.fixture
def clock(source, settings):
    """A clock that goes on, here and at the simulator, by what a worker sleeps."""
    settings.PROVIDER_PATIENCE = timedelta(seconds=30)
    return Clock(source)


@pytest.fixture
def mail_only(acme):
    """Acme's other kinds are switched off."""
    Policy.objects.filter(organization=acme).update(
        calendar=False, contacts=False, onedrive=False, sharepoint=False, teams=False
    )


@pytest.fixture
def provider():
    """A server that says what a test lets it say."""
    with Provider() as one:
        yield one


@pytest.fixture
def watched(acme, cast, noon):
    """Acme's tenant with a protected mailbox, whose last good backup is of noon."""
    from backups.tests.alerting import protect

    return protect(acme, noon)


@pytest.fixture
def make_rule(cast, northwind, noon):
    """Make an alert rule of Northwind's that tells ben, unless its values say otherwise."""
    from backups.actions.alert_rules import create_alert_rule
    from backups.tests.alerting import values

    def _make(**changes):
        given = values(**{"members": [cast["ben"]], **changes})
        return create_alert_rule(partner=northwind, values=given, actor=cast["ada"].user, now=noon)

    return _make
