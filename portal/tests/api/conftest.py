"""A program of Northwind's, and clients that have something to read."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.scopes import Scope
from accounts.tests.factories import make_api_key
from backups.models import Container, Report
from organizations.models import Item
from organizations.tests.factories import make_connection, make_item, make_organization
from portal.tests.api.programs import Program

BOTH = (Scope.CLOUD_BACKUP, Scope.BILLING)


@pytest.fixture
def program(client, northwind):
    """A program of Northwind's that may read all there is."""
    return Program(client, make_api_key(northwind, scopes=BOTH)[1])


@pytest.fixture
def scene(acme, bolt, rival):
    """Acme with a user, a shared mailbox, a site and two reports; a client of Rival's with a user."""
    tenant = make_connection(acme)
    theirs = make_connection(make_organization(rival, "Rival’s client"))
    now = timezone.now()
    things = {
        "eva": make_item(tenant, "Eva Lindholm", is_chosen=True),
        "info": make_item(tenant, "Info", mailbox=Item.Mailbox.SHARED, backup_status="PARTIAL"),
        "site": make_item(tenant, "Intranet", kind=Item.Kind.SITE, address="https://acme.sharepoint.com"),
        "theirs": make_item(theirs, "Rival Eva"),
        "old": make_report(acme, "FAILED", now - timedelta(days=2)),
        "new": make_report(acme, "SUCCESS", now),
        "their_report": make_report(theirs.organization, "FAILED", now),
    }
    Container.objects.create(
        organization=acme, connection=tenant, item=things["eva"], kind="MAIL", account="-/eva", status="SUCCESS"
    )
    return things


def make_report(organization, status, at):
    return Report.objects.create(
        organization=organization, trigger=Report.Trigger.SCHEDULE, generated_at=at, status=status
    )
