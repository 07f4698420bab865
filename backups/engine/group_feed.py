"""The groups of a tenant: all of them by name, so that a filter can name them; teams among them as items."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from backups.connectors.microsoft365 import directory
from backups.connectors.microsoft365.found import DELETED, FoundGroup, Page, Removed
from backups.engine import discovered_items
from backups.engine.feeds import Feed
from backups.engine.look import Look
from backups.models import DiscoveryFeed
from organizations.models import Group, Item


class GroupFeed(Feed):
    """Groups and teams."""

    name, kind, noun, permission = DiscoveryFeed.Name.GROUPS, Item.Kind.TEAM, "teams", "Group.Read.All"

    def pages(self, look: Look, row: DiscoveryFeed) -> Iterator[Page[FoundGroup]]:
        return directory.groups(look.graph, row.cursor, page_size=look.page_size)

    def save(self, look: Look, row: DiscoveryFeed, page: Page[FoundGroup], prepared: None, now: datetime) -> None:
        self._save_groups(look, row, page)
        known = set(
            Item.objects.filter(connection=look.connection, kind=self.kind, remote_id__in=list(page.found))
            .values_list("remote_id", flat=True)
        )  # fmt: skip
        teams, ended = {}, []
        for group in page.found.values():
            if group.is_team or (group.is_team is None and group.remote_id in known):
                teams[group.remote_id] = _facts(group)
            elif group.remote_id in known:
                # The group goes on without its team.
                ended.append(Removed(group.remote_id, DELETED))
        discovered_items.save_found(look, row, self.kind, teams, now)
        discovered_items.save_removed(look, self.kind, [*ended, *page.removed.values()], now)

    def missing(self, look: Look, row: DiscoveryFeed) -> list[tuple[str, int, int]]:
        there = Group.objects.filter(connection=look.connection, is_gone=False)
        unseen = there.filter(seen_in_round__lt=row.round).count()
        return [*super().missing(look, row), ("groups", unseen, there.count())]

    def mark_unseen(self, look: Look, row: DiscoveryFeed, now: datetime) -> None:
        super().mark_unseen(look, row, now)
        Group.objects.filter(connection=look.connection, seen_in_round__lt=row.round).update(is_gone=True)

    def _save_groups(self, look: Look, row: DiscoveryFeed, page: Page[FoundGroup]) -> None:
        groups = Group.objects.filter(connection=look.connection)
        known = {group.remote_id: group for group in groups.filter(remote_id__in=list(page.found))}
        new = []
        for found in page.found.values():
            group = known.get(found.remote_id)
            if group is None:
                group = Group(
                    organization_id=look.connection.organization_id, connection=look.connection,
                    remote_id=found.remote_id,
                )  # fmt: skip
                new.append(group)
            group.name = (found.name or group.name or found.address or found.remote_id)[:256]
            group.is_gone, group.seen_in_round = False, row.round
        Group.objects.bulk_create(new)
        Group.objects.bulk_update(known.values(), ["name", "is_gone", "seen_in_round"], batch_size=250)
        # Its members stay as they were known: a group that is gone still says who was meant.
        groups.filter(remote_id__in=list(page.removed)).update(is_gone=True)


def _facts(group: FoundGroup) -> dict[str, Any]:
    return {"name": group.name, "address": group.address}
