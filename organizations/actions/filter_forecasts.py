"""What a filter would do, counted before anybody saves it, by the very expression that applies it."""

from dataclasses import dataclass, field

from django.db.models import Case, Count, Q, Value, When

from organizations.actions.policies import SKIPS
from organizations.models import Item, Organization
from organizations.models.user_filter import UserFilter

_NAMES_SHOWN = 10
_PROTECTED = Q(protection=Item.Protection.PROTECTED)


@dataclass(frozen=True)
class Part:
    """How many one filter leaves out, and how many of these are protected now."""

    reason: str
    count: int
    losing: int


@dataclass(frozen=True)
class Forecast:
    """Who would be left out: how many, by reason, how many of them are protected now, the first names (those who
    lose their protection first), and how many would be protected again.
    """

    skipped: int = 0
    losing: int = 0
    returning: int = 0
    parts: list[Part] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    @property
    def unnamed(self) -> int:
        """How many are counted and not named."""
        return self.skipped - len(self.names)


def forecast(organization: Organization, user_filter: UserFilter) -> Forecast:
    """Return what saving ``user_filter`` would do to the users of ``organization``; three queries."""
    users = Item.objects.filter(organization=organization, kind=Item.Kind.USER)
    skipped = user_filter.skips(users)
    counted = skipped.order_by().values("reason").annotate(count=Count("pk"), losing=Count("pk", filter=_PROTECTED))
    found = {row["reason"]: row for row in counted}
    parts = [
        Part(reason.value, found[reason.value]["count"], found[reason.value]["losing"])
        for reason in Item.Skip
        if reason.value in found
    ]
    losers_first = Case(When(_PROTECTED, then=Value(0)), default=Value(1))
    named = skipped.order_by(losers_first, "list_name", "pk")[:_NAMES_SHOWN] if parts else []
    back = users.filter(~Q(skipped_as=""), presence=Item.Presence.PRESENT, is_chosen=True)
    return Forecast(
        skipped=sum(part.count for part in parts),
        losing=sum(part.losing for part in parts),
        returning=back.annotate(reason=user_filter.reason()).filter(reason="").count(),
        parts=parts,
        names=[str(item) for item in named],
    )


def counts_by_skip(organization: Organization) -> dict[str, tuple[int, int]]:
    """Return for each of the plain filters alone how many it concerns, and how many of these are protected now."""
    users = Item.objects.filter(organization=organization, kind=Item.Kind.USER)
    counts = {}
    for name in SKIPS:
        alone = UserFilter(**{name: True}).skips(users)
        row = alone.aggregate(count=Count("pk"), losing=Count("pk", filter=_PROTECTED))
        counts[name] = (row["count"], row["losing"])
    return counts
