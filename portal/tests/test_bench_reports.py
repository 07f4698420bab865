"""What the benchmark of reports measures: as many accounts as it says, whatever columns they have by now."""

from backups.models import Container
from organizations.models import Item
from organizations.tests.factories import make_connection
from portal.benchmarks.reports import _furnish_accounts


def test_every_client_has_its_accounts_and_every_account_its_four_kinds(cast, acme, bolt):
    first, second = make_connection(acme), make_connection(bolt)

    _furnish_accounts(first, 30)

    assert [Item.objects.filter(connection=one, protection="PROTECTED").count() for one in (first, second)] == [30, 30]
    containers = Container.objects.filter(item__kind="USER")
    assert (containers.count(), containers.filter(kind="MAIL").count()) == (240, 60)
    partial = [pk for pk in Item.objects.values_list("pk", flat=True) if pk % 20 == 0]
    assert list(containers.filter(status="PARTIAL").values_list("item_id", "kind").order_by("item_id")) == [
        (pk, "MAIL") for pk in sorted(partial)
    ]
    assert partial
