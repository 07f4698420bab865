"""The users of a tenant, and what their mailboxes are for."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from backups.connectors.microsoft365 import directory
from backups.connectors.microsoft365.found import FoundUser, Page
from backups.connectors.microsoft365.mailboxes import Purpose, Purposes, purposes
from backups.engine import discovered_items
from backups.engine.feeds import Feed
from backups.engine.look import Look
from backups.models import DiscoveryFeed
from organizations.models import Item

_MAILBOX = {
    Purpose.USER: Item.Mailbox.USER,
    Purpose.SHARED: Item.Mailbox.SHARED,
    Purpose.ROOM: Item.Mailbox.ROOM,
    Purpose.EQUIPMENT: Item.Mailbox.EQUIPMENT,
    Purpose.OTHER: Item.Mailbox.OTHER,
    Purpose.NONE: Item.Mailbox.NONE,
}
MAY_ASK = "MailboxSettings.Read"
# A listing that asks for the mailboxes again has small pages: a pause in the middle of one repeats little.
_PAGE_THAT_ASKS = 100
_ASKED_AT_ONCE = 100


class UserFeed(Feed):
    """Users. What their mailboxes are for is asked once for each newcomer (`ask_mailboxes`), and again together with
    the page in which somebody changes or is listed afresh: the old answer stands until the new one is saved.
    """

    name, kind, noun, permission = DiscoveryFeed.Name.USERS, Item.Kind.USER, "accounts", "User.Read.All"

    def pages(self, look: Look, row: DiscoveryFeed) -> Iterator[Page[FoundUser]]:
        size = min(_PAGE_THAT_ASKS, look.page_size) if _asks_again(row) else look.page_size
        return directory.users(look.graph, row.cursor, page_size=size)

    def prepare(self, look: Look, row: DiscoveryFeed, page: Page[FoundUser]) -> "_Answers":
        if MAY_ASK not in look.roles:
            return _Answers()
        items = Item.objects.filter(connection=look.connection, kind=self.kind, remote_id__in=list(page.found))
        asked = [
            item.remote_id
            for item in items.exclude(mailbox="")
            if (_asks_again(row) or _has_changed(item, page.found[item.remote_id]))
            and not _is_without_mailbox(page.found[item.remote_id])
        ]
        return _Answers(purposes(look.graph, asked), frozenset(asked))

    def put_off(self, prepared: "_Answers") -> None:
        if prepared.purposes.busy:
            raise prepared.purposes.busy

    def save(self, look: Look, row: DiscoveryFeed, page: Page[FoundUser], prepared: "_Answers", now: datetime) -> None:
        found = {user.remote_id: _facts(user) | prepared.mailbox_of(user) for user in page.found.values()}
        discovered_items.save_found(look, row, self.kind, found, now)
        discovered_items.save_removed(look, self.kind, page.removed.values(), now)


def ask_mailboxes(look: Look) -> None:
    """Ask what the mailboxes of those are for whom nobody asked yet. Goes on where it stopped by itself: whoever has
    an answer is asked no more.
    """
    unasked = Item.objects.filter(
        connection=look.connection, kind=Item.Kind.USER, mailbox="", presence=Item.Presence.PRESENT
    )
    if MAY_ASK not in look.roles:
        if unasked.exists():
            look.problems.append(f"Microsoft 365 does not let us tell shared mailboxes from people ({MAY_ASK}).")
        return
    while ids := list(unasked.order_by("id").values_list("remote_id", flat=True)[:_ASKED_AT_ONCE]):
        answers = purposes(look.graph, ids)
        with look.saving():
            for purpose in set(answers.found.values()):
                of_this = [remote_id for remote_id, answer in answers.found.items() if answer == purpose]
                unasked.filter(remote_id__in=of_this).update(mailbox=_MAILBOX[purpose])
        if answers.busy:
            raise answers.busy
        look.rest()


@dataclass(frozen=True)
class _Answers:
    """What those of a page answered who were asked again."""

    purposes: Purposes = field(default_factory=Purposes)
    asked: frozenset[str] = frozenset()

    def mailbox_of(self, user: FoundUser) -> dict[str, Any]:
        """Return the value to save, or nothing where the old one stands."""
        purpose = self.purposes.found.get(user.remote_id)
        if purpose is not None:
            return {"mailbox": _MAILBOX[purpose]}
        if _is_without_mailbox(user):
            return {"mailbox": Item.Mailbox.NONE}
        # Nobody answered for this one before the pause; `ask_mailboxes` asks.
        return {"mailbox": ""} if user.remote_id in self.asked else {}


def _facts(user: FoundUser) -> dict[str, Any]:
    facts = asdict(user)
    del facts["remote_id"]
    return facts


def _is_without_mailbox(user: FoundUser) -> bool:
    # A guest's mailbox is at home; asking for each of them would cost a call and answer 404.
    return user.is_external is True and user.has_mail_plan is False


def _asks_again(row: DiscoveryFeed) -> bool:
    """Whether this round lists afresh those who were asked before."""
    return row.is_listing and row.listed_at is not None


def _has_changed(item: Item, user: FoundUser) -> bool:
    """Return whether something changed that goes with another use of the mailbox: a licence, the right to sign in."""
    said = {"is_external": user.is_external, "is_enabled": user.is_enabled, "has_mail_plan": user.has_mail_plan}
    changed = any(value is not None and getattr(item, name) != value for name, value in said.items())
    return changed or item.presence != Item.Presence.PRESENT
