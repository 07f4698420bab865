"""Choosing what is protected."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from django.db import OperationalError, transaction
from django.db.models import QuerySet

from accounts import audit
from accounts.models import User
from organizations.actions.figures import recount
from organizations.models import Item, Organization
from organizations.models.item_filter import NOUNS, Outlook, switchable

# So many may have come or gone between the question and the answer without asking again.
HANDFUL = 5
_NAMES_KEPT = 50
# PostgreSQL's codes for a lock that did not come free in time and for two that wait for each other.
_BUSY = ("55P03", "40P01")


class ItemProblem(Exception):
    """Nothing was changed; the message says why and what to do.

    SelectionChanged    what would change is not what the person was shown; ``outlook`` holds today's numbers
    ClientIsBusy        somebody else is changing the same client and takes long
    ClientWasErased     everything backed up of the client is deleted for good, its keys with it
    """


class SelectionChanged(ItemProblem):
    def __init__(self, expected: int, outlook: Outlook) -> None:
        super().__init__(
            f"The list changed meanwhile: it was about {expected:,}, now it would be {outlook.changing:,}. "
            "Nothing was changed. Look at the new number and decide again."
        )
        self.outlook = outlook


class ClientIsBusy(ItemProblem):
    def __init__(self) -> None:
        super().__init__("Somebody else is changing this client at the moment. Nothing was changed. Try again.")


class ClientWasErased(ItemProblem):
    def __init__(self, organization: Organization) -> None:
        super().__init__(
            f"Everything that was backed up of {organization} is being deleted for good, or was, keys and all."
            " Nothing was changed. To back it up again, add it as a new organization."
        )


def protect_items(
    *, items: QuerySet[Item], organization: Organization, actor: User | str, now: datetime, expected: int | None = None
) -> Outlook:
    """Protect those of ``items``, all of one tab, that are not protected yet; return what happened.

    Items left out by a filter, gone from the source or being deleted for good at this moment stay as they are and are
    counted in the answer. ``expected`` is the number the person agreed to: if more than a handful came or went since,
    raises `SelectionChanged`. Raises `ClientIsBusy` and `ClientWasErased`.
    """
    with _busy_in_words(), transaction.atomic():
        return _switch(items, organization, protecting=True, actor=actor, now=now, expected=expected)


def unprotect_items(
    *, items: QuerySet[Item], organization: Organization, actor: User | str, now: datetime, expected: int | None = None
) -> Outlook:
    """Stop protecting those of ``items`` that are protected; what was saved stays. Otherwise like `protect_items`."""
    with _busy_in_words(), transaction.atomic():
        return _switch(items, organization, protecting=False, actor=actor, now=now, expected=expected)


def _switch(
    items: QuerySet[Item],
    organization: Organization,
    *,
    protecting: bool,
    actor: User | str,
    now: datetime,
    expected: int | None,
) -> Outlook:
    # Whoever decides about this client waits here, so that what is counted is what is changed.
    organization = Organization.objects.select_for_update().get(pk=organization.pk)
    if protecting and organization.erased_at is not None:
        raise ClientWasErased(organization)
    items = items.filter(organization=organization).order_by()
    outlook = Outlook.of(items, protecting=protecting)
    if outlook.changing == 0:
        return outlook
    if expected is not None and abs(outlook.changing - expected) > HANDFUL:
        raise SelectionChanged(expected, outlook)
    changing = items.filter(switchable(protecting=protecting))
    first = list(changing.order_by("list_name", "id")[:_NAMES_KEPT])
    if not first:
        return replace(outlook, changing=0, seats=0)
    count = changing.update(
        is_chosen=protecting, chosen_by=Item.ChosenBy.PERSON, decided_by=_name_of(actor), decided_at=now
    )
    recount(organization)
    _tell(organization, first, count, protecting=protecting, actor=actor, now=now)
    return replace(outlook, changing=count)


def _tell(
    organization: Organization, first: list[Item], count: int, *, protecting: bool, actor: User | str, now: datetime
) -> None:
    verb = "protected" if protecting else "unprotected"
    one = first[0] if count == len(first) == 1 else None
    if one:
        details = {"name": str(one)}
    else:
        # In one string: a list of two would read like an old and a new value.
        names = "; ".join(str(item) for item in first)
        details = {"count": count, "kind": NOUNS[Item.Tab(first[0].tab)][1], "names": names}
    audit.record(
        f"item.{verb}" if one else f"item.selection_{verb}",
        partner_id=organization.partner_id,
        organization_id=organization.pk,
        actor=actor,
        target=one or organization,
        at=now,
        details=details,
    )


def _name_of(actor: User | str) -> str:
    return (actor.full_name or actor.email)[:200] if isinstance(actor, User) else actor


@contextmanager
def _busy_in_words() -> Iterator[None]:
    try:
        yield
    except OperationalError as problem:
        if getattr(problem.__cause__, "pgcode", "") not in _BUSY:
            raise
        raise ClientIsBusy from problem
