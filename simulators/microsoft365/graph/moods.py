"""How a delta feed misbehaves within the rules: short, empty and doubled pages, another order, old news again.

A tenant's moods are `{"seed": …, "short": p, "empty": p, "duplicates": p, "replays": p, "halves": p, "shuffle": true}`,
where p is a probability. The same seed makes the same trouble.
"""

import random

from simulators.microsoft365.models import Change, Tenant

PROBABILITIES = ("short", "empty", "duplicates", "replays", "halves")
_REPLAYED_AT_MOST = 20


class Mood:
    """What one page of one feed is like."""

    def __init__(self, moods: dict, dice: random.Random) -> None:
        self.moods, self.dice = moods, dice
        self.sends_an_empty_page = self._happens("empty")

    def page_size(self, size: int) -> int:
        """Return how many entries the page may hold."""
        return self.dice.randint(1, size) if self._happens("short") else size

    def rearranged(self, entries: list[dict]) -> list[dict]:
        """Return the page with some entries twice, or in another order."""
        entries = list(entries)
        if entries and self._happens("duplicates"):
            for entry in self.dice.sample(entries, self.dice.randint(1, min(3, len(entries)))):
                entries.insert(self.dice.randint(0, len(entries)), entry)
        if self.moods.get("shuffle"):
            self.dice.shuffle(entries)
        return entries

    def replayed(self, tenant: Tenant, scope: str, since: int) -> int:
        """Return the change after which to tell, which may lie before ``since``."""
        if not self._happens("replays"):
            return since
        old = Change.objects.filter(tenant=tenant, scope=scope, id__lte=since).order_by("-id")
        numbers = list(old.values_list("id", flat=True)[: self.dice.randint(1, _REPLAYED_AT_MOST)])
        return numbers[-1] - 1 if numbers else since

    def _happens(self, what: str) -> bool:
        # The dice are thrown in any case, so that one mood does not change another.
        return self.dice.random() < self.moods.get(what, 0)


def mood_of(tenant: Tenant, scope: str, upto: int, page: int) -> Mood:
    """Return the mood of one page. The same history of a tenant makes the same trouble, whatever its changes' ids."""
    if not tenant.moods:
        return Mood({}, random.Random(0))  # noqa: S311
    told = Change.objects.filter(tenant=tenant, scope=scope, id__lte=upto).count()
    return Mood(tenant.moods, random.Random(f"{tenant.moods.get('seed', 0)}/{scope}/{told}/{page}"))  # noqa: S311
