"""What forbids a deletion: a legal hold, an account that is protected again, an authorization that is worth nothing any
more. Asked when it is requested, when it is authorized, every minute of the hold, and at the very end.
"""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Membership, User
from accounts.models.membership import MembershipQuerySet
from accounts.roles import Can
from backups.models import Container, Deletion, DeletionItem
from backups.models.deletion import DeletionQuerySet
from organizations.models import Item, LegalHold, Organization

_NAMED = 3


def hold_on(organization: Organization, items: Collection[int] | QuerySet | None) -> str:
    """Return in a sentence which legal hold forbids to delete data of ``items`` (primary keys; None for everything)."""
    holds = LegalHold.objects.open().filter(organization=organization)
    if holds.of_everything().exists():
        return f"{organization} is on legal hold as a whole."
    held = holds if items is None else holds.filter(item__in=items)
    names = [str(one.item) for one in held.select_related("item").order_by("item__list_name", "pk")[: _NAMED + 1]]
    return f"{_names(names)} on legal hold." if names else ""


def hold_on_account(organization: UUID, account: str | None) -> str:
    """Return in a sentence which legal hold forbids to erase an account of a vault, or None for all of it, or ""."""
    client = Organization.objects.filter(uuid=organization).first()
    if client is None:
        return ""
    if account is None:
        return hold_on(client, None)
    items = Container.objects.filter(organization=client, account=account).values("item")
    begun = DeletionItem.objects.filter(deletion__state=Deletion.State.EXECUTING, item__in=items)
    # What two people deleted and no hold forbade then is not kept by one that came later.
    return "" if begun.exists() else hold_on(client, items)


def contradiction(deletion: Deletion) -> str:
    """Return in a sentence why ``deletion`` must not go on, or ""."""
    if deletion.organization.erased_at is not None:
        return "Everything of the client is being deleted for good, or was."
    items = None if deletion.is_of_everything else list(deletion.items.values_list("item", flat=True))
    if found := hold_on(deletion.organization, items):
        return found
    protected = Item.objects.protected().filter(organization=deletion.organization_id)
    if items is not None:
        protected = protected.filter(pk__in=items)
    if names := [str(one) for one in protected.order_by("list_name", "pk")[: _NAMED + 1]]:
        return f"{_names(names)} protected again."
    if deletion.state == Deletion.State.AUTHORIZED and not may_authorize(deletion.authorizer, deletion.organization):
        return f"{deletion.authorized_by}, who authorized it, may not authorize deletions any more."
    return ""


def in_doubt() -> DeletionQuerySet:
    """Return the deletions of which something may have changed so that they must not go on, in one query."""
    of_items = DeletionItem.objects.filter(deletion=OuterRef("pk"))
    protected = Item.objects.protected()
    holds = LegalHold.objects.open().filter(organization=OuterRef("organization"))
    touches_items = Exists(of_items.filter(item__protection=Item.Protection.PROTECTED)) | Exists(
        of_items.filter(item__in=LegalHold.objects.open().exclude(item=None).values("item"))
    )
    touches_all = Exists(protected.filter(organization=OuterRef("organization"))) | Exists(holds)
    entitled = _entitled(OuterRef("organization__partner")).filter(user=OuterRef("authorizer"))
    return Deletion.objects.stoppable().filter(
        Q(organization__erased_at__isnull=False)
        | Exists(holds.of_everything())
        | touches_items
        | (Q(scope=Deletion.Scope.ORGANIZATION) & touches_all)
        | (Q(state=Deletion.State.AUTHORIZED) & ~Exists(entitled))
    )


def may_authorize(person: User | None, organization: Organization) -> bool:
    """Return whether a person may authorize deletions at a client today."""
    return person is not None and _entitled(organization.partner_id).filter(user=person).exists()


def somebody_else_authorizes(person: User, organization: Organization) -> bool:
    """Return whether anybody besides ``person`` may authorize deletions at a client today."""
    return _entitled(organization.partner_id).exclude(user=person).exists()


def _entitled(partner: int | OuterRef) -> MembershipQuerySet:
    return Membership.objects.filter(partner=partner).administrators_who_may(Can.AUTHORIZE_DELETION)


def is_being_deleted(organization_id: int, item_id: int | None = None) -> bool:
    """Return whether a client as a whole, or with ``item_id`` that item of it, is being destroyed at this moment."""
    going_on = Deletion.objects.filter(organization=organization_id, state=Deletion.State.EXECUTING)
    concerned = Q(scope=Deletion.Scope.ORGANIZATION)
    if item_id is not None:
        concerned |= Q(items__item=item_id)
    return going_on.filter(concerned).exists()


def _names(names: list[str]) -> str:
    """Return "Eva Lindholm is", "Eva Lindholm and Ida Berg are", "Eva Lindholm, Ida Berg, Finn Roth and others are"."""
    if len(names) == 1:
        return f"{names[0]} is"
    if len(names) > _NAMED:
        return f"{', '.join(names[:_NAMED])} and others are"
    return f"{', '.join(names[:-1])} and {names[-1]} are"
