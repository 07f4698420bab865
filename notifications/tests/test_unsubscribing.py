"""Leaving a newsletter with one click, and the development inbox."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from notifications import preferences
from notifications.delivery import deliver
from notifications.models import EmailPreference, OutgoingEmail
from notifications.unsubscribe import token


@pytest.fixture
def ben(cast):
    user_id = cast["ben"].user_id
    preferences.set_preferences(user_id=user_id, categories={"PRODUCT", "TRAINING"}, at=timezone.now())
    return user_id


def address(user_id, category="PRODUCT"):
    return reverse("notifications:unsubscribe", args=[token(user_id=user_id, category=category)])


def test_opening_the_link_changes_nothing(client, ben):
    answer = client.get(address(ben))

    assert b"Product updates" in answer.content
    assert preferences.subscribed_categories(ben) == {"PRODUCT", "TRAINING"}


def test_one_click_without_cookie_or_token_of_a_form_is_enough(ben):
    program = Client(enforce_csrf_checks=True)

    answer = program.post(address(ben), "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")

    assert answer.status_code == 200
    assert preferences.subscribed_categories(ben) == {"TRAINING"}


def test_everything_at_once(client, ben):
    client.post(address(ben), {"everything": "yes"})

    assert preferences.subscribed_categories(ben) == set()


@pytest.mark.parametrize("spoil", [lambda t: t[:-1], lambda t: "x" + t, lambda t: t.swapcase(), lambda t: "x"])
def test_a_link_that_is_not_ours_is_a_404_and_changes_nothing(client, ben, spoil):
    spoilt = reverse("notifications:unsubscribe", args=[spoil(token(user_id=ben, category="PRODUCT"))])

    assert {client.get(spoilt).status_code, client.post(spoilt).status_code} == {404}
    assert preferences.subscribed_categories(ben) == {"PRODUCT", "TRAINING"}


def test_without_an_answer_only_the_status_of_the_service_comes(cast):
    assert preferences.subscribed_categories(cast["ada"].user_id) == {"STATUS", "DUE_AGAIN"}
    assert not EmailPreference.objects.exists()


def test_the_development_inbox_shows_mails_in_a_frame_that_can_do_nothing(client, db, settings, rf):
    from notifications.views import mailbox

    deliver("unknown_account", to="ben@example.com", context={})
    row = OutgoingEmail.objects.get()
    settings.IS_DEVELOPMENT = True

    answer = mailbox.mail_html(rf.get("/"), row.uuid)

    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert b"ben@example.com" in answer.content


def test_the_development_inbox_exists_in_development_only(client, db, rf):
    from django.http import Http404

    from notifications.views import mailbox
    from portal.views import dev_codes

    for path in ("/dev/mailbox/", "/dev/codes/"):
        assert client.get(path).status_code == 404
    for view in (mailbox.mailbox, dev_codes.codes):
        with pytest.raises(Http404):
            view(rf.get("/"))
