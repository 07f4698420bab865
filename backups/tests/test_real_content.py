"""Real mails, documents and calendars on their whole way: backed up, found, looked at, put back, handed out."""

import hashlib

import pytest

from backups import search
from backups.actions.previews import open_preview
from backups.models import Container, Preview, SearchEntry
from backups.tests.backing_up import back_up, mailboxes, protect
from backups.tests.exporting import ask, unpacked, work
from backups.tests.indexing import index_all
from backups.tests.looks import connected, look
from backups.tests.restores_made import let_write, put_back, states
from jobs import claims
from jobs.models import Job
from organizations.models import Item
from portal.tests.simulator import CORPORA

pytestmark = [
    pytest.mark.soak,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CORPORA.exists(), reason="the corpora are not beside the checkout"),
]


@pytest.fixture
def tenant(source, vault_store, acme, clock):
    """A tenant whose content is drawn from the corpora, backed up and indexed."""
    connection = connected(source, acme, size={"users": 2, "teams": 0, "sites": 1}, corpora=True)
    look(connection)
    protect(connection)
    back_up(connection, clock)
    index_all(connection)
    return let_write(connection, source)


def test_real_content_is_found_looked_at_put_back_and_handed_out(source, tenant, acme, cast, clock):
    ada, now = cast["ada"], clock()

    entries = list(SearchEntry.objects.select_related("container__item"))
    assert len(entries) > 100
    every = search.search(ada, acme, search.Query(), now=now, limit=1)
    assert every.total.number == sum(one.stands for one in entries)

    for entry in entries:
        open_preview(
            container=entry.container, object_uuid=entry.object, from_commit=entry.from_commit, actor=ada.user,
            title=entry.name, now=now,
        )  # fmt: skip
    for pk in Job.objects.filter(kind="render_preview").values_list("pk", flat=True):
        assert claims.run(pk) == Job.State.DONE
    assert list(Preview.objects.exclude(state="READY").values_list("problem", flat=True)) == []
    assert not [one for one in Preview.objects.all() if "<script" in one.sheet["page"].lower()]

    export, _ = work(ask(acme, ada.user))
    files, lines = unpacked(export)
    told = {line["id"]: line for line in lines if not line["path"].endswith("/")}
    mails = {one: what for box in mailboxes(source, tenant).values() for one, what in box.items() if "mime" in what}
    assert len(mails) > 20
    for one, what in mails.items():
        assert hashlib.sha256(files[told[one]["path"]]).hexdigest() == what["mime"]["sha256"]

    whose = Container.objects.filter(kind="MAIL", objects_kept__gt=0).order_by("pk").first().item
    other = Item.objects.filter(connection=tenant, kind="USER").exclude(pk=whose.pk).order_by("pk").first()
    restore = put_back(whose, ada.user, clock, kinds=["MAIL", "CALENDAR", "CONTACTS"], target=other)
    assert states(restore).keys() <= {"CREATED", "DEGRADED", "SKIPPED"}, restore.problem
    assert restore.restored > 20
    assert source.control(f"/tenants/{tenant.tenant_id}/outbox") == []
