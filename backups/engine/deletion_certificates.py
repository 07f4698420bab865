"""What proves a deletion: the vault's own certificates, and who asked for it, who agreed, and when.

Names and addresses of whom it was stand in it by value, because nobody could use it otherwise; nothing of what was
deleted does. ``erasures`` are word for word what the vault wrote into its signed commits, so that `manage.py vault
certificates` can compare them.
"""

from datetime import datetime
from typing import Any

from backups.models import Container, Deletion

FORM = "portico-deletion-certificate-1"
_SUMS = ("objects", "versions", "packs")


def certificate_of(row: Deletion, erasures: list[dict[str, Any]], *, now: datetime) -> dict[str, Any]:
    """Return the certificate of a deletion all of whose ``erasures`` are done: [{"kind": …, "certificate": …}]."""
    organization = row.organization
    return {
        "form": FORM,
        "deletion": str(row.uuid),
        "partner": {"name": organization.partner.name, "id": str(organization.partner.uuid)},
        "organization": {
            "name": organization.name, "id": str(organization.uuid), "client_id": organization.client_id,
        },
        "scope": row.scope,
        "reason": row.reason,
        "requested": {"by": row.requested_by, "address": row.requester_email, "at": _moment(row.requested_at)},
        "authorized": {"by": row.authorized_by, "address": row.authorizer_email, "at": _moment(row.authorized_at)},
        "held_until": _moment(row.due_at),
        "began_at": _moment(row.began_at),
        "done_at": _moment(now),
        "totals": {name: sum(one["certificate"][name] for one in erasures) for name in _SUMS},
        "erasures": erasures,
    }  # fmt: skip


def erasures_of_items(row: Deletion) -> list[dict[str, Any]]:
    """Return what was erased of each item and kind, in the order of names."""
    kinds = dict(Container.objects.filter(item__deletion_items__deletion=row).values_list("pk", "kind"))
    labels = dict(Container.Kind.choices)
    return [
        {"account": line.name, "address": line.address, "kind": labels[kinds[int(pk)]], "certificate": certificate}
        for line in row.items.by_name()
        for pk, certificate in sorted(line.certificates.items(), key=lambda pair: int(pair[0]))
    ]


def _moment(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else ""
