"""What a deletion would destroy, counted from the catalogue before anybody agrees to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from backups.engine.kept_figures import TookTooLong, kept_by_account, moment_of, total_of
from backups.models import Container, Snapshot
from organizations.models import Item, Organization


@dataclass(frozen=True)
class Forecast:
    """Figures of what is kept. Where it took too long to count (``is_rough``) they are those of what stands today."""

    accounts: int = 0
    objects: int = 0
    versions: int = 0
    bytes: int = 0
    oldest_at: datetime | None = None
    newest_at: datetime | None = None
    # How many of them are protected today.
    protected: int = 0
    is_rough: bool = False


def forecast_of(organization: Organization, items: Sequence[Item] | None) -> Forecast:
    """Return what deleting ``items``, or with None the whole client, would destroy."""
    containers = Container.objects.filter(organization=organization)
    chosen = Item.objects.filter(organization=organization)
    if items is None:
        chosen = chosen.filter(containers__isnull=False).distinct()
    else:
        pks = [item.pk for item in items]
        containers, chosen = containers.filter(item__in=pks), chosen.filter(pk__in=pks)
    common = {"accounts": chosen.count(), "protected": chosen.protected().count()}
    names = None if items is None else list(containers.values_list("account", flat=True))
    try:
        kept = total_of(kept_by_account(organization.uuid, accounts=names))
    except TookTooLong:
        return _rough(organization, containers, common)
    return Forecast(
        objects=kept.objects,
        versions=kept.versions,
        bytes=kept.bytes,
        oldest_at=moment_of(organization.uuid, kept.first_commit),
        newest_at=moment_of(organization.uuid, kept.last_commit),
        **common,
    )


def _rough(organization: Organization, containers, common: dict[str, int]) -> Forecast:
    sums = containers.aggregate(objects=Sum("objects_kept"), bytes=Sum("bytes_kept"))
    points = Snapshot.objects.filter(organization=organization, item__containers__in=containers).order_by("taken_at")
    objects = sums["objects"] or 0
    return Forecast(
        objects=objects,
        versions=objects,
        bytes=sums["bytes"] or 0,
        oldest_at=points.values_list("taken_at", flat=True).first(),
        newest_at=points.values_list("taken_at", flat=True).last(),
        is_rough=True,
        **common,
    )
