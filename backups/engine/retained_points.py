"""Which restore points a rule leaves: those of the days it keeps, and of each item the one from before them."""

from collections.abc import Collection, Sequence

from django.db import connection
from django.db.models import QuerySet

from backups.models import Container, Snapshot
from organizations.models import Item, Organization

_AT_ONCE = 10_000


def points_over(
    organization: Organization, before: int, *, without: QuerySet[Item], in_use: Collection[int] = ()
) -> list[int]:
    """Return the restore points, by primary key, that show less once what ended by ``before`` is removed.

    Of each item its newest one stays if nothing it shows ended since: it shows what the first of the kept days saw, and
    of somebody who left or is not backed up any more all there is. Nothing is removed of items in ``without``, nor of
    the commits ``in_use``: what those show stays.
    """
    older = Snapshot.objects.filter(organization=organization, commit__lt=before)
    older = older.exclude(item__in=without).exclude(commit__in=in_use)
    newest = Snapshot.objects.filter(organization=organization, commit__lte=before)
    newest = newest.order_by("item", "-commit", "-pk").distinct("item").only("item", "commit")
    changed = _changed(organization, {one.item_id: one.commit for one in newest}, before)
    whole = [one.pk for one in newest if one.item_id not in changed]
    return list(older.exclude(pk__in=whole).values_list("pk", flat=True))


def forget_points(points: Sequence[int]) -> None:
    """Delete restore points by primary key, past the ORM: there may be a million, and others wait meanwhile."""
    with connection.cursor() as cursor:
        for at in range(0, len(points), _AT_ONCE):
            some = [points[at : at + _AT_ONCE]]
            cursor.execute("UPDATE backups_restore SET snapshot_id = NULL WHERE snapshot_id = ANY(%s)", some)
            cursor.execute("DELETE FROM backups_snapshot WHERE id = ANY(%s)", some)


def _changed(organization: Organization, points: dict[int, int], before: int) -> set[int]:
    """Return the items, of those in {item: commit}, of which anything seen at that commit ended by ``before``."""
    containers = Container.objects.filter(organization=organization, item__in=points).values_list("account", "item")
    items = dict(containers)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT o.account FROM backups_vaultversion v JOIN backups_vaultobject o"
            "  ON o.organization = v.organization AND o.id = v.object"
            " JOIN unnest(%s::text[], %s::bigint[]) AS shown (account, commit) ON shown.account = o.account"
            " WHERE v.organization = %s AND v.to_commit <= %s"
            "  AND v.from_commit <= shown.commit AND v.to_commit > shown.commit",
            [list(items), [points[item] for item in items.values()], organization.uuid, before],
        )
        return {items[account] for (account,) in cursor.fetchall()}
