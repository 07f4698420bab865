"""Settings, Webhooks: adding one, its secret shown once, what was sent, and sending it again."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actions.webhooks import _tell_off, tell_switched_off
from accounts.models import AuditEntry
from accounts.tests.factories import make_member, make_user
from jobs.claims import run
from jobs.models import Job
from notifications.models import OutgoingEmail, WebhookDelivery, WebhookEndpoint
from notifications.tests.receiving import closed_port
from notifications.tests.test_webhooks import make_endpoint, publish, send

LIST = "/settings/webhooks/"


@pytest.fixture
def endpoint(northwind, receiver):
    return make_endpoint(northwind, receiver.port)


def typed(receiver, **changes):
    url = f"http://127.0.0.1:{receiver.port}/hook"
    return {"name": "Monitoring", "url": url, "events": ["run.failed"], "is_on": "on"} | changes


def place(endpoint, rest=""):
    return f"{LIST}{endpoint.uuid}/{rest}"


def actions():
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_a_new_webhook_shows_its_secret_once(sign_in, receiver):
    ada = sign_in("ada")

    answer = ada.post(LIST + "new/", typed(receiver), follow=True)

    endpoint = WebhookEndpoint.objects.get()
    assert endpoint.secret in answer.content.decode()
    assert endpoint.secret not in endpoint.sealed_secret
    assert endpoint.secret not in ada.get(place(endpoint)).content.decode()
    assert actions() == ["webhook.created"]
    assert endpoint.secret not in str(AuditEntry.objects.get().details)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"url": "https://127.0.0.1.nip.example\\@x/"}, "no spaces, backslashes"),
        ({"url": "https://10.0.0.7/hook"}, "not on the public internet"),
        ({"url": "https://ada:pw@example.com/"}, "Leave user name and password out"),
        ({"url": "https://no-such-name.invalid/"}, "cannot be looked up"),
        ({"url": ""}, "Enter the address"),
        ({"events": []}, "Choose at least one event"),
        ({"name": ""}, "Enter name"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(sign_in, receiver, changes, words):
    answer = sign_in("ada").post(LIST + "new/", typed(receiver, **changes))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert 'value="Monitoring"' in page or "name" in changes
    assert not WebhookEndpoint.objects.exists()


def test_a_name_is_taken_once_for_each_company(sign_in, rival, endpoint, receiver):
    make_endpoint(rival, 1, name="Theirs")

    answer = sign_in("ada").post(LIST + "new/", typed(receiver))
    theirs = sign_in("ada").post(LIST + "new/", typed(receiver, name="Theirs"))

    assert "called Monitoring already" in answer.content.decode()
    assert theirs.status_code == 302


def test_a_test_event_is_sent_and_listed_and_can_be_sent_again(
    sign_in, endpoint, receiver, django_capture_on_commit_callbacks
):
    ada = sign_in("ada")
    receiver.answers = [(500, b"<b>not today</b>"), (200, b"ok")]

    with django_capture_on_commit_callbacks(execute=True):
        ada.post(place(endpoint, "test/"))
    run(Job.objects.get(kind="deliver_webhooks").pk)
    page = ada.get(place(endpoint)).content.decode()
    delivery = WebhookDelivery.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        ada.post(f"{LIST}deliveries/{delivery.uuid}/again/")
    run(Job.objects.get(kind="deliver_webhooks", state="QUEUED").pk)

    assert "webhook.test" in page
    assert "&lt;b&gt;not today" in page
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("DELIVERED", 2)
    ids = {
        {name.lower(): value for name, value in headers.items()}["webhook-id"] for _, headers, _ in receiver.requests
    }
    assert ids == {f"msg_{delivery.uuid.hex}"}
    assert actions() == ["webhook.test_sent", "webhook.sent_again"]


def test_a_new_secret_is_shown_once_and_the_old_one_overlaps(sign_in, endpoint):
    ada, old = sign_in("ada"), endpoint.secret

    page = ada.post(place(endpoint, "secret/"), follow=True).content.decode()

    endpoint.refresh_from_db()
    assert endpoint.secret != old
    assert endpoint.secret in page
    assert old not in page
    assert endpoint.signing_secrets(timezone.now() + timedelta(hours=23)) == [endpoint.secret, old]
    assert actions() == ["webhook.secret_changed"]


def test_switching_off_drops_what_waits_and_switching_on_forgets_failures(sign_in, northwind, endpoint, receiver):
    ada = sign_in("ada")
    receiver.answers = [(500, b"")]
    publish(northwind, timezone.now())
    send(endpoint, timezone.now())

    ada.post(place(endpoint, "edit/"), typed(receiver, is_on=""))
    endpoint.refresh_from_db()
    assert (endpoint.is_on, endpoint.off_because, endpoint.deliveries.get().state) == (False, "", "FAILED")
    again = ada.post(f"{LIST}deliveries/{endpoint.deliveries.get().uuid}/again/", follow=True)
    assert "Switch it on first" in again.content.decode()

    ada.post(place(endpoint, "edit/"), typed(receiver))
    endpoint.refresh_from_db()
    assert (endpoint.is_on, endpoint.failing_since) == (True, None)
    assert AuditEntry.objects.filter(action="webhook.edited").count() == 2


def test_switching_off_under_a_name_that_is_taken_is_refused_and_leaves_it_on(sign_in, northwind, endpoint, receiver):
    make_endpoint(northwind, 1, name="Other")

    answer = sign_in("ada").post(place(endpoint, "edit/"), typed(receiver, name="Other", is_on=""))

    assert (answer.status_code, "called Other already" in answer.content.decode()) == (422, True)
    endpoint.refresh_from_db()
    assert endpoint.is_on


def test_what_was_dropped_before_its_first_try_can_be_sent_again(sign_in, northwind, endpoint, receiver):
    ada = sign_in("ada")
    publish(northwind, timezone.now())
    for is_on in ("", "on"):
        ada.post(place(endpoint, "edit/"), typed(receiver, is_on=is_on))
    dropped = WebhookDelivery.objects.get()
    publish(northwind, timezone.now())

    rows = {row.uuid: row.can_send_again for row in ada.get(place(endpoint)).context["rows"]}

    assert [rows.pop(str(dropped.uuid)), *rows.values()] == [True, False]


def test_one_whose_name_is_gone_can_be_switched_off_and_not_on_again(sign_in, endpoint, receiver):
    ada, gone = sign_in("ada"), "https://no-such-name.invalid/"
    WebhookEndpoint.objects.update(url=gone)

    assert ada.post(place(endpoint, "edit/"), typed(receiver, url=gone, is_on="")).status_code == 302
    assert ada.post(place(endpoint, "edit/"), typed(receiver, url=gone)).status_code == 422
    endpoint.refresh_from_db()
    assert not endpoint.is_on


def test_administrators_are_told_once_that_it_was_switched_off(cast, northwind, endpoint, receiver, noon):
    kim = make_member(make_user("Kim", "Newman"), northwind, "ADMINISTRATOR")
    receiver.answers = [(410, b"")]
    publish(northwind, noon)
    send(endpoint, noon)

    assert tell_switched_off(noon) == 1
    assert tell_switched_off(noon) == 0

    told = OutgoingEmail.objects.filter(kind="webhook_switched_off").order_by("to")
    assert [one.to for one in told] == [cast["ada"].user.email, kim.user.email]
    assert "410" in told[0].text
    assert "what happens while it is off is not kept" in told[0].text
    assert actions() == ["webhook.switched_off"]


def test_one_that_was_deleted_meanwhile_is_told_of_to_nobody(cast, endpoint, noon):
    found = endpoint.pk
    endpoint.delete()

    assert not _tell_off(found, noon)


def test_deleting_asks_first(sign_in, endpoint):
    ada = sign_in("ada")

    assert "cannot be undone" in ada.get(place(endpoint, "delete/")).content.decode()
    assert WebhookEndpoint.objects.exists()
    ada.post(place(endpoint, "delete/"))
    assert not WebhookEndpoint.objects.exists()
    assert actions() == ["webhook.deleted"]


def test_a_list_of_many_is_read_with_the_same_questions(sign_in, northwind, endpoint):
    ada = sign_in("ada")
    counts = []
    for number in (3, 60):
        for _ in range(number):
            publish(northwind, timezone.now())
        ada.get(place(endpoint))
        with CaptureQueriesContext(connection) as queries:
            page = ada.get(place(endpoint)).content.decode()
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert "1 to 50 of 63" in page
    assert "Nothing fits" in ada.get(place(endpoint, "?state=FAILED")).content.decode()
    assert "of 63" in ada.get(place(endpoint, "?state=NONSENSE&event=x")).content.decode()


def test_an_endpoint_nobody_listens_at_says_so_in_the_list(sign_in, northwind, receiver):
    dead = make_endpoint(northwind, closed_port(), name="Dead")
    publish(northwind, timezone.now())
    send(dead, timezone.now())

    page = sign_in("ada").get(place(dead)).content.decode()

    assert "No connection could be made." in page
    assert "Failing" in page
