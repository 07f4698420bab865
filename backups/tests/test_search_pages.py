"""The Search tab: what is found, how it is looked at, and who may."""

from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from accounts.models import AuditEntry
from backups.actions.previews import end_previews
from backups.forms.references import Reference
from backups.models import Container, Export, Preview, SearchEntry
from backups.tests.runs_made import HTMX, place
from backups.tests.saved_mail import save_mail
from jobs import claims
from jobs.models import Job

PEOPLE = [("ada", 200), ("ben", 200), ("otto", 200), ("cora", 403), ("pia", 404), ("rita", 404)]


pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def saved(source, vault_store, acme, mail_only, clock):
    """The mailbox of one person, backed up with a message that has a trap in it, and indexed."""
    return save_mail(source, acme, clock)


def found(answer):
    return [row.title for row in answer.context["rows"]]


def words(title):
    return "".join(text for text, _ in title)


def test_what_was_saved_is_found_looked_at_and_written_down(sign_in, saved, acme):
    ada = sign_in("ada")

    page = ada.get(place("search_page", acme) + "?" + urlencode({"q": "subject:implant"}))
    everywhere = ada.get(place("search_page", acme) + "?" + urlencode({"q": "implant"}), **HTMX)

    assert [words(one) for one in found(page)] == ["Implant invoice 2203"]
    assert {words(one) for one in found(everywhere)} >= {"Implant invoice 2203", "Lunch on Friday"}
    assert "<mark>Implant</mark> invoice 2203" in page.content.decode()
    assert AuditEntry.objects.filter(action="data.searched").count() == 2

    row = page.context["rows"][0]
    waiting = ada.get(place("preview_open", acme) + "?" + urlencode({"ref": row.reference}), **HTMX)
    assert "Reading it from the vault" in waiting.content.decode()
    assert AuditEntry.objects.filter(action="object.previewed").get().details["name"] == "Implant invoice 2203"

    _render()
    preview = Preview.objects.get()
    shown = ada.get(place("preview_detail", acme, preview.uuid), **HTMX).content.decode()
    frame = ada.get(place("preview_frame", acme, preview.uuid))

    assert "Implant invoice 2203" in shown
    assert place("object_download", acme) in shown
    assert "every 5s" not in shown
    assert "delay:400ms" not in shown
    assert "<script" not in frame.content.decode().lower()
    assert "onerror" not in frame.content.decode().lower()
    assert "sandbox" in frame["Content-Security-Policy"]
    assert "script-src" not in frame["Content-Security-Policy"]
    assert frame["X-Frame-Options"] == "SAMEORIGIN"


def test_everything_that_was_found_is_exported(sign_in, saved, acme):
    ada = sign_in("ada")
    query = "?" + urlencode({"q": "subject:implant"})

    answer = ada.post(place("search_export", acme) + query)
    nothing = ada.post(place("search_export", acme) + "?q=nobodywrotethis")

    draft = Export.objects.get()
    assert str(draft.uuid) in answer.url
    assert (draft.objects_expected, draft.what) == (1, "What was found for “subject:implant”")
    assert place("search_page", acme) in nothing.url


def test_nobody_else_sees_what_somebody_opened_and_it_is_gone_after_an_hour(sign_in, saved, acme):
    ada, ben = sign_in("ada"), sign_in("ben")
    entry = SearchEntry.objects.filter(name="Lunch on Friday").get()
    reference = Reference(entry.container.uuid, entry.object, entry.from_commit)
    ada.get(place("preview_open", acme) + "?" + urlencode({"ref": str(reference)}))
    _render()
    preview = Preview.objects.get()

    assert "can wait" not in preview.sealed_sheet
    assert ada.get(place("preview_detail", acme, preview.uuid)).status_code == 200
    assert ben.get(place("preview_detail", acme, preview.uuid)).status_code == 404

    Preview.objects.update(expires_at=timezone.now())
    assert ada.get(place("preview_detail", acme, preview.uuid)).status_code == 404
    assert end_previews(timezone.now()) == 1


def test_what_is_not_kept_any_more_is_said(sign_in, saved, acme):
    container = Container.objects.filter(kind="MAIL").first()
    reference = Reference(container.uuid, uuid4(), 1)

    answer = sign_in("ada").get(place("preview_open", acme) + "?" + urlencode({"ref": str(reference)}), **HTMX)

    assert "not kept any more" in answer.content.decode()
    assert not Job.objects.filter(kind="render_preview").exists()


@pytest.mark.parametrize(("who", "status"), PEOPLE)
def test_who_may_search_and_browse(sign_in, acme, who, status):
    browser = sign_in(who)

    for url in (place("search_page", acme), place("search_page", acme) + "?q=x", place("browse", acme)):
        assert browser.get(url).status_code == status
    assert browser.get(place("search_owners", acme) + "?who=e", **HTMX).status_code == status


def test_a_reference_to_nothing_is_not_found(sign_in, acme):
    ada = sign_in("ada")

    for ref in ("", "x", "a:b:c", f"{uuid4()}:{uuid4()}:99999999999999999999", f"{uuid4()}:{uuid4()}:1"):
        assert ada.get(place("preview_open", acme) + "?" + urlencode({"ref": ref})).status_code == 404, ref


def test_folders_are_browsed_as_they_were(sign_in, saved, acme, clock):
    ada, container = sign_in("ada"), Container.objects.get(kind="MAIL", item__is_chosen=True)
    inbox = container.feeds.get(name="Inbox")
    asked = {"item": container.item.uuid, "container": container.uuid, "feed": inbox.key}

    accounts = ada.get(reverse("backups:browse", args=[acme.uuid]))
    folders = ada.get(place("browse", acme) + "?" + urlencode({"item": container.item.uuid}))
    inside = ada.get(place("browse", acme) + "?" + urlencode(asked))
    point = container.item.snapshots.get().uuid
    then = ada.get(place("browse", acme) + "?" + urlencode(asked | {"point": point}))

    assert escape(str(container.item)) in accounts.content.decode()
    assert "Inbox" in folders.content.decode()
    assert "Lunch on Friday" in inside.content.decode()
    assert "Lunch on Friday" in then.content.decode()


def test_a_folder_that_was_opened_is_searched_alone(sign_in, saved, acme, bolt):
    ada, container = sign_in("ada"), Container.objects.get(kind="MAIL", item__is_chosen=True)
    inbox, other = container.feeds.get(name="Inbox"), container.feeds.exclude(name="Inbox").first()
    here = {"container": container.uuid, "feed": inbox.key}

    opened = ada.get(place("browse", acme), {"item": container.item.uuid, **here}).content.decode()
    within = ada.get(place("search_page", acme), {"q": "Lunch on Friday", **here}).content.decode()
    elsewhere = ada.get(place("search_page", acme), {"q": "Lunch on Friday", **here, "feed": other.key})

    assert escape(f"{place('search_page', acme)}?{urlencode(here)}") in opened
    assert "Lunch on Friday" in within.partition('id="found"')[2]
    assert escape(f"Inbox of {container.item}") in within
    assert elsewhere.context["rows"] == []
    noted = AuditEntry.objects.filter(action="data.searched").order_by("pk").first()
    assert f"in Inbox of {container.item}" in noted.details["words"]
    # Nobody looks into the folders of another client.
    theirs = sign_in("pia").get(place("search_page", bolt), {"q": "Lunch", **here})
    assert theirs.context["chosen"]["folder"] is None


def _render():
    job = Job.objects.get(kind="render_preview", state=Job.State.QUEUED)
    assert claims.run(job.pk) == Job.State.DONE
