"""Which users a policy leaves out, as one expression that counts, previews and applies alike."""

import re
from dataclasses import dataclass, field

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Value, When

from organizations.models.group import GroupMember
from organizations.models.item import Item
from organizations.models.policy import Policy

_SHARED = (Item.Mailbox.SHARED, Item.Mailbox.ROOM, Item.Mailbox.EQUIPMENT)


@dataclass(frozen=True)
class UserFilter:
    """The choices of "User filter settings", saved or only typed so far. ``groups`` holds primary keys."""

    skip_external: bool = False
    skip_shared_mailboxes: bool = False
    skip_disabled: bool = False
    groups: frozenset[int] = field(default_factory=frozenset)
    patterns: tuple[str, ...] = ()

    @classmethod
    def of(cls, policy: Policy) -> "UserFilter":
        """Return what a saved policy says; one query for its groups."""
        return cls(
            skip_external=policy.skip_external,
            skip_shared_mailboxes=policy.skip_shared_mailboxes,
            skip_disabled=policy.skip_disabled,
            groups=frozenset(policy.skip_groups.values_list("pk", flat=True)),
            patterns=tuple(policy.skip_patterns),
        )

    def reason(self) -> Case:
        """Return the expression that names the first filter an item falls under, or "" for none.

        Sites and teams fall under none. A shared mailbox is a disabled account by nature, so that "disabled" means
        people only.
        """
        user = Q(kind=Item.Kind.USER)
        rules = []
        if self.skip_external:
            rules.append(When(user & Q(is_external=True), then=Value(Item.Skip.EXTERNAL.value)))
        if self.skip_shared_mailboxes:
            rules.append(When(user & Q(mailbox__in=_SHARED), then=Value(Item.Skip.SHARED_MAILBOX.value)))
        if self.skip_disabled:
            people = user & Q(is_enabled=False) & ~Q(mailbox__in=_SHARED)
            rules.append(When(people, then=Value(Item.Skip.DISABLED.value)))
        if self.groups:
            listed = GroupMember.objects.filter(group__in=self.groups, remote_id=OuterRef("remote_id"))
            rules.append(When(user & Exists(listed), then=Value(Item.Skip.GROUP.value)))
        for pattern in self.patterns:
            rules.append(When(user & Q(address__iregex=regex_of(pattern)), then=Value(Item.Skip.PATTERN.value)))
        return Case(*rules, default=Value(""), output_field=CharField())

    def skips(self, items: QuerySet[Item]) -> QuerySet[Item]:
        """Return those of ``items`` at the source that this filter would leave out, each with its ``reason``."""
        present = items.filter(presence=Item.Presence.PRESENT)
        return present.annotate(reason=self.reason()).exclude(reason="")


def regex_of(pattern: str) -> str:
    """Return the regular expression of a pattern in which * stands for anything and ? for one character."""
    pieces = {"*": ".*", "?": "."}
    return "^" + "".join(pieces.get(character) or re.escape(character) for character in pattern) + "$"
