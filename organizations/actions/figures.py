"""Counting the items of an organization into its own row, from which the board is read."""

from django.db.models import Q

from organizations.models import Item, Organization

_COLUMNS = {
    Item.Tab.USERS: "users",
    Item.Tab.SHARED_MAILBOXES: "mailboxes",
    Item.Tab.SITES: "sites",
    Item.Tab.TEAMS: "teams",
}


def recount(organization: Organization) -> None:
    """Write how many items can be protected, are protected, and are skipped. Call it after every change of items,
    in the same transaction; two changes at once wait for each other here.
    """
    row = Organization.objects.select_for_update().get(pk=organization.pk)
    items = Item.objects.filter(organization=row)
    for tab, (protected, eligible) in items.counts_by_tab().items():
        setattr(row, f"{_COLUMNS[tab]}_protected", protected)
        setattr(row, f"{_COLUMNS[tab]}_eligible", eligible)
    row.items_skipped = items.filter(~Q(skipped_as=""), presence=Item.Presence.PRESENT).count()
    names = [f"{name}_{what}" for name in _COLUMNS.values() for what in ("protected", "eligible")]
    row.save(update_fields=[*names, "items_skipped"])
