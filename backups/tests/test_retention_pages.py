"""Settings, Retention: who may change the rule, its preview, taking it back, and legal holds on their pages."""

from datetime import timedelta

import pytest
from django.utils import timezone

from backups.tests.deletions_made import send
from backups.tests.runs_made import place
from backups.tests.searching import Mailbox
from conftest import sign_in_long_ago
from organizations.models import LegalHold, RetentionRule

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def box(acme, cast, vault_store):
    """Eva's mailbox with one mail that was replaced 40 days ago, and one that stands."""
    box = Mailbox(acme)
    for days in (60, 40):
        box.at = timezone.now() - days * DAY
        box.save(offer=f"Offer {days}\nText")
    return box


def words_of(answer):
    return " ".join(answer.content.decode().split())


def form(number="", unit="days", keep="for_a_time", revision=0, **more):
    return {"keep": keep, "number": number, "unit": unit, "revision": revision, **more}


def test_who_sees_and_who_changes_the_rule(sign_in, acme, cast):
    page = place("retention", acme)
    seen = {who: sign_in(who).get(page).status_code for who in ("ada", "ben", "cora", "otto", "pia", "rita")}
    changed = {who: sign_in(who).post(page, form("90")).status_code for who in ("ben", "otto", "pia", "rita")}
    holds = {who: sign_in(who).get(place("hold_choose", acme)).status_code for who in ("ada", "ben", "otto", "rita")}

    assert seen == {"ada": 200, "ben": 200, "cora": 403, "otto": 200, "pia": 404, "rita": 404}
    assert changed == {"ben": 403, "otto": 403, "pia": 404, "rita": 404}
    assert holds == {"ada": 200, "ben": 403, "otto": 404, "rita": 404}
    assert "Whoever looks after your backups changes this." in words_of(sign_in("otto").get(page))
    assert not RetentionRule.objects.exists()


def test_a_stricter_rule_is_previewed_before_it_is_saved(sign_in, box, acme):
    ada, page = sign_in("ada"), place("retention", acme)

    shown = words_of(ada.post(page, form("30", save="1")))
    assert not RetentionRule.objects.exists()
    saved = ada.post(page, form("30", save="1", seen="30"), follow=True)

    assert "<dt>Versions</dt><dd>1</dd>" in shown
    assert "<dt>Mail</dt><dd>1 <small>" in shown
    assert RetentionRule.objects.get().next_days == 30
    assert "Older versions kept 30 days, from" in words_of(saved)
    assert "; older versions kept 30 days from" in words_of(ada.get(acme.get_absolute_url()))
    assert "Taken back. Kept for ever, as before." in words_of(
        ada.post(place("retention_take_back", acme), follow=True)
    )
    assert "no change that could be taken back" in words_of(ada.post(place("retention_take_back", acme), follow=True))


@pytest.mark.parametrize(
    ("number", "unit", "words"),
    [
        ("29", "days", "30 days at least"),
        ("", "days", "Enter for how long"),
        ("101", "years", "at most"),
        ("9" * 30, "days", "36500"),
        ("x", "days", "whole number"),
    ],
)
def test_what_cannot_be_a_rule_is_refused_in_words(sign_in, acme, number, unit, words):
    answer = sign_in("ada").post(place("retention", acme), form(number, unit))

    assert answer.status_code == 422
    assert words in words_of(answer)


def test_who_saves_after_somebody_else_is_told(sign_in, acme, box):
    ada, page = sign_in("ada"), place("retention", acme)
    ada.post(page, form("2", "years", seen="730"))

    late = ada.post(page, form("1", "years", seen="365"))

    assert late.status_code == 422
    assert "Somebody else saved these settings" in words_of(late)
    assert RetentionRule.objects.get().next_days == 730


def test_a_rule_that_is_stopped_says_why_and_goes_on(sign_in, acme):
    now = timezone.now()
    RetentionRule.objects.create(
        organization=acme, days=90, set_by="Ada", set_at=now, frozen_at=now, frozen_because="9 of 11 went missing."
    )
    ada = sign_in("ada")

    assert "9 of 11 went missing." in words_of(ada.get(place("retention", acme)))
    assert "Stopped" in words_of(ada.get("/retention/"))
    assert sign_in("ben").post(place("retention_resume", acme)).status_code == 403
    ada.post(place("retention_resume", acme))
    assert RetentionRule.objects.get().frozen_at is None
    assert "Nothing is stopped" in words_of(ada.post(place("retention_resume", acme), follow=True))


def test_a_hold_is_placed_shown_and_lifted_after_a_second_look(sign_in, box, acme):
    ada, item = sign_in("ada"), box.container.item
    address = ada.post(place("hold_choose", acme), {"item": item.uuid, "do": "go_on"}).url
    assert ada.post(address, {"reason": ""}).status_code == 422

    send(ada, address, reason="A court asked for it.")

    hold = LegalHold.objects.get()
    lift = place("hold_lift", acme, hold.uuid)
    assert "A court asked for it." in words_of(ada.get(place("retention", acme)))
    assert "A court asked for it." not in words_of(sign_in("otto").get(place("retention", acme)))
    assert "1 account" in words_of(ada.get(acme.get_absolute_url()))
    assert "On legal hold" in words_of(sign_in("otto").get(f"{acme.get_absolute_url()}accounts/"))
    assert ada.post(lift, {"reason": "Case over", "confirmation": "Acme"}).status_code == 422
    sign_in_long_ago(ada)
    assert ada.get(lift).url.startswith("/confirm/")
    sign_in("ada").post(lift, {"reason": "The case is over.", "confirmation": "Acme Dental"})
    hold.refresh_from_db()
    assert (hold.lifted_by, hold.lifted_because) == ("Ada Lindqvist", "The case is over.")
