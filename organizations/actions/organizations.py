"""Creating clients and changing their records."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import Partner, User
from organizations.models import DigestSetting, Organization, Policy

FIELDS = (
    "name", "country", "subdivision", "address", "city", "postal_code", "phone", "billing_contact", "billing_email",
    "billing_phone",
)  # fmt: skip


class NameTaken(Exception):
    """The partner already has a client of this name, written in whatever case."""


@transaction.atomic
def create_organization(*, partner: Partner, values: Mapping[str, str], actor: User, now: datetime) -> Organization:
    """Create a client with everything that belongs to one from its first day: what is backed up, and its digest.

    ``values`` holds any of `FIELDS`. Raises `NameTaken`.
    """
    with _names_are_unique(partner, values["name"], kept="Nothing was created."):
        organization = Organization.objects.create(
            partner=partner, **{name: values[name] for name in FIELDS if name in values}
        )
    Policy.objects.create(organization=organization)
    DigestSetting.objects.create(organization=organization, time_zone=partner.time_zone)
    audit.record(
        "organization.created",
        partner_id=partner.pk,
        organization_id=organization.pk,
        actor=actor,
        target=organization,
        at=now,
    )
    return organization


@transaction.atomic
def edit_organization(
    *, organization: Organization, values: Mapping[str, str], actor: User, now: datetime
) -> Organization:
    """Change a client's record to ``values``, which holds any of `FIELDS`; what is not named stays. Raises
    `NameTaken`.
    """
    row = Organization.objects.select_for_update(of=("self",)).select_related("partner").get(pk=organization.pk)
    changes = {
        name: [getattr(row, name), values[name]]
        for name in FIELDS
        if name in values and values[name] != getattr(row, name)
    }
    if not changes:
        return row
    for name, (_, new) in changes.items():
        setattr(row, name, new)
    with _names_are_unique(row.partner, row.name, kept="Nothing was changed."):
        row.save(update_fields=list(changes))
    audit.record(
        "organization.edited",
        partner_id=row.partner_id,
        organization_id=row.pk,
        actor=actor,
        target=row,
        at=now,
        details=changes,
    )
    return row


@contextmanager
def _names_are_unique(partner: Partner, name: str, *, kept: str) -> Iterator[None]:
    """Turn the database's refusal of a second client of the same name into `NameTaken`."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if error.__cause__.diag.constraint_name != "organizations_names_are_unique_per_partner":
            raise
        raise NameTaken(
            f"{partner.name} already has an organization named {name}. {kept} Choose another name."
        ) from error
