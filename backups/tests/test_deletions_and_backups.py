"""Whoever is protected again after a deletion is saved whole, from nothing: no cursor of before leaves a hole."""

from datetime import timedelta

import pytest
from django.utils import timezone

from backups.actions.deletions import authorize_deletion, request_deletion
from backups.models import Container, Deletion, VaultObject
from backups.tests.backing_up import back_up
from backups.tests.deletions_made import REASON, carry_out
from backups.tests.looks import Clock
from backups.tests.task_world import World
from organizations.actions.items import protect_items
from organizations.models import Item

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_mailbox_is_saved_whole_again_after_it_was_deleted(source, vault_store, acme, cast, sign_in):
    world = World(source, acme, cast["ada"].user, cast["ben"], sign_in)
    item = world.protected
    back_up(world.connection, Clock(source))
    container = Container.objects.get(item=item, kind="MAIL")
    kept = VaultObject.objects.filter(account=container.account).count()
    before = timezone.now() - timedelta(days=31)

    deletion = request_deletion(organization=acme, items=[item], reason=REASON, actor=cast["ben"].user, now=before)
    deletion = authorize_deletion(deletion=deletion, actor=world.ada, now=before)
    assert carry_out(deletion).state == Deletion.State.DONE
    gone = VaultObject.objects.filter(account=container.account).count()
    items = Item.objects.filter(pk=item.pk)
    protect_items(items=items, organization=acme, actor=world.ada, now=timezone.now())
    back_up(world.connection, Clock(source))

    again = Container.objects.get(pk=container.pk)
    assert (kept > 0, gone) == (True, 0)
    assert VaultObject.objects.filter(account=container.account).count() == kept
    assert (again.objects_kept, again.status) == (container.objects_kept, "SUCCESS")
