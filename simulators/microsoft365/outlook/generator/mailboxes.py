"""Makes a mailbox when somebody first looks into it."""

from uuid import UUID

from django.db import transaction

from simulators.microsoft365.graph.group_shape import mail_of
from simulators.microsoft365.models import Group, Person, Tenant
from simulators.microsoft365.outlook.content.dice import dice_for
from simulators.microsoft365.outlook.generator.calendars import calendars, events
from simulators.microsoft365.outlook.generator.contacts import contact_folders, contacts
from simulators.microsoft365.outlook.generator.folders import mail_folders
from simulators.microsoft365.outlook.generator.messages import messages
from simulators.microsoft365.outlook.models import Folder, Item, Mailbox

_BATCH = 2000


def mailbox_of_person(person: Person) -> Mailbox:
    """Return somebody's mailbox, made if nobody looked into it before."""
    return Mailbox.objects.select_related("tenant").filter(id=person.id).first() or _make(
        Person,
        person.id,
        lambda owner: Mailbox(
            id=owner.id,
            tenant=owner.tenant,
            owner_name=owner.display_name,
            owner_address=owner.mail or owner.upn,
            # Who joins later starts with an empty mailbox.
            born_at=owner.created_at if owner.created_seq else owner.tenant.created_at,
        ),
    )


def mailbox_of_group(group: Group) -> Mailbox:
    """Return the mailbox of a Microsoft 365 group."""
    return Mailbox.objects.select_related("tenant").filter(id=group.id).first() or _make(
        Group,
        group.id,
        lambda owner: Mailbox(
            id=owner.id,
            tenant=owner.tenant,
            owner_name=owner.display_name,
            owner_address=mail_of(owner),
            is_group=True,
            born_at=owner.created_at if owner.created_seq else owner.tenant.created_at,
        ),
    )


def _make(model, owner_id: UUID, mailbox_for) -> Mailbox:
    with transaction.atomic():
        # Several may look at once: one of them makes it. Whoever mutates holds the tenant first as well.
        owner = model.objects.select_related("tenant").get(id=owner_id)
        Tenant.objects.select_for_update().get(id=owner.tenant_id)
        existing = Mailbox.objects.select_related("tenant").filter(id=owner_id).first()
        if existing:
            return existing
        mailbox = mailbox_for(owner)
        if owner.created_seq:
            # Who comes later was not there on the days before.
            mailbox.days_played = owner.tenant.days_played
        mailbox.save(force_insert=True)
        _furnish(mailbox, owner)
    return mailbox


def _furnish(mailbox: Mailbox, owner: Person | Group) -> None:
    dice = dice_for(mailbox.tenant.seed, mailbox.id, "mailbox")
    planned = calendars(mailbox, owner, dice)
    folders = {} if mailbox.is_group else mail_folders(mailbox, dice)
    books = {} if mailbox.is_group else contact_folders(mailbox, owner, dice)
    Folder.objects.bulk_create([*planned.values(), *folders.values(), *books.values()])
    Item.objects.bulk_create(events(mailbox, owner, planned, dice), batch_size=_BATCH)
    if not mailbox.is_group:
        Item.objects.bulk_create(contacts(mailbox, owner, books, dice), batch_size=_BATCH)
        Item.objects.bulk_create(messages(mailbox, owner, folders, dice), batch_size=_BATCH)
