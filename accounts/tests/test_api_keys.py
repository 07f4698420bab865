"""Keys of programs: Administrators make and revoke them, the text is shown once, and nothing else holds it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.actions.api_keys import note_use
from accounts.models import ApiKey, AuditEntry
from accounts.sentences import sentence
from accounts.tests.factories import make_api_key, make_member, make_user
from conftest import sign_in_long_ago, signed_in_client
from notifications.models import OutgoingEmail
from organizations.tests.factories import make_organization

LIST = "/settings/api-keys/"
NEW = f"{LIST}new/"


def typed(**changes):
    return {"name": "Monitoring", "scopes": ["CLOUD_BACKUP"], "reach": "ALL", "lifetime": "365", **changes}


def test_a_key_is_shown_once_and_only_its_fingerprint_is_kept(sign_in):
    ada = sign_in("ada")

    answer = ada.post(NEW, typed(scopes=["CLOUD_BACKUP", "BILLING"]))

    key, text = ApiKey.objects.get(), answer.context["new_text"]
    assert text in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert text not in ada.get(LIST).content.decode()
    assert text.startswith(key.handle)
    assert text[len(key.handle) :] not in str(ApiKey.objects.values().get())
    assert ApiKey.objects.presented(text, timezone.now()) == key
    assert key.scopes == ["CLOUD_BACKUP", "BILLING"]


def test_the_log_and_every_administrator_hear_of_it_without_its_text(sign_in, cast):
    text = sign_in("ada").post(NEW, typed()).context["new_text"]

    entry, mail = AuditEntry.objects.get(action="api_key.created"), OutgoingEmail.objects.get()
    key = ApiKey.objects.get()
    assert sentence(entry).startswith(f"made the API key Monitoring, {key.handle}…, for Cloud Backup at all clients")
    assert (mail.kind, mail.to) == ("api_key_created", cast["ada"].user.email)
    assert text not in f"{entry.facts()} {mail.subject} {mail.text} {mail.html}"


def test_a_key_for_chosen_clients_takes_names_and_client_ids(sign_in, acme, bolt, northwind):
    make_organization(northwind, "Crane Legal")

    sign_in("ada").post(NEW, typed(reach="CHOSEN", clients=f"acme DENTAL\n\n {bolt.client_id} "))

    key = ApiKey.objects.get()
    assert (key.sees_every_organization, set(key.organizations.all())) == (False, {acme, bolt})


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"name": ""}, "name"), ({"name": "a\r\nb"}, "name"), ({"scopes": []}, "scopes"), ({"scopes": ["ROOT"]}, "scopes"),
     ({"reach": "CHOSEN", "clients": " \n"}, "clients"), ({"reach": "CHOSEN", "clients": "Rival’s client"}, "clients"),
     ({"reach": "CHOSEN", "clients": "\n".join(map(str, range(501)))}, "clients"), ({"lifetime": "9999"}, "lifetime"),
     ({"reach": "NONE"}, "reach")],
)  # fmt: skip
def test_a_malformed_field_makes_no_key_and_loses_nothing(sign_in, rival, changes, field):
    make_organization(rival, "Rival’s client")

    answer = sign_in("ada").post(NEW, typed(**changes))

    assert answer.status_code == 422
    assert answer.context["form"].errors[field]
    assert not ApiKey.objects.exists()


def test_two_keys_cannot_share_a_name_until_one_is_revoked(sign_in):
    ada = sign_in("ada")
    ada.post(NEW, typed())

    again = ada.post(NEW, typed(name="monitoring"))
    ada.post(f"{LIST}{ApiKey.objects.get().uuid}/revoke/")
    after = ada.post(NEW, typed())

    assert "There is a key called monitoring already" in again.content.decode()
    assert (again.status_code, after.status_code, ApiKey.objects.count()) == (422, 200, 2)


def test_who_made_a_key_of_the_name_just_now_is_told_so(sign_in, cast, northwind):
    kim = signed_in_client(make_member(make_user("Kim", "Newman"), northwind, "ADMINISTRATOR"))
    ada = sign_in("ada")
    ada.post(NEW, typed())

    twice = ada.post(NEW, typed()).content.decode()
    by_another = kim.post(NEW, typed()).content.decode()
    ApiKey.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    later = ada.post(NEW, typed()).content.decode()

    words = "You made it just now, and its text is shown only once: revoke it and make another"
    assert [words in page for page in (twice, by_another, later)] == [True, False, False]


def test_who_has_no_cloud_backup_cannot_give_it_to_a_key(sign_in, cast):
    cast["ada"].products = []
    cast["ada"].save()
    ada = sign_in("ada")

    answers = [ada.post(NEW, typed()), ada.post(NEW, typed(scopes=["BILLING"]))]

    assert [answer.status_code for answer in answers] == [422, 200]


def test_making_one_asks_who_signed_in_long_ago_to_confirm(sign_in):
    ada = sign_in("ada")
    sign_in_long_ago(ada)

    answer = ada.post(NEW, typed())

    assert answer.status_code == 302
    assert not ApiKey.objects.exists()


def test_revoking_asks_first_and_is_told_once(sign_in, northwind):
    key, text = make_api_key(northwind)
    ada, address = sign_in("ada"), f"{LIST}{key.uuid}/revoke/"

    asked = ada.get(address)
    for _ in range(2):
        ada.post(address)

    assert f"Revoke {key.name}?" in asked.content.decode()
    assert ApiKey.objects.presented(text, timezone.now()) is None
    assert AuditEntry.objects.filter(action="api_key.revoked").count() == 1
    assert f"{address}" not in ada.get(LIST).content.decode()


def test_the_list_costs_the_same_for_one_key_and_for_many(sign_in, northwind, acme, rival, django_assert_num_queries):
    make_api_key(rival, name="Rival’s")
    ada = sign_in("ada")
    make_api_key(northwind, organizations=[acme])
    ada.get(LIST)

    counts = []
    for _ in range(2):
        with django_assert_num_queries(13, exact=False) as asked:
            page = ada.get(LIST)
        counts.append(len(asked))
        for _ in range(30):
            make_api_key(northwind, organizations=[acme])

    assert counts[0] == counts[1]
    assert "Rival’s" not in page.content.decode()
    assert len(ada.get(LIST).context["rows"]) == 25


def test_the_list_begins_with_what_opens_something_and_ends_with_what_was_revoked(sign_in, northwind):
    now = timezone.now()
    for name, days, ends, revoked in (
        ("Older", 9, 9, None), ("Ended", 2, 0, None), ("Revoked", 1, 9, now), ("Newer", 3, 9, None),
    ):  # fmt: skip
        begins = now - timedelta(days=days)
        make_api_key(northwind, name=name, created_at=begins, expires_at=now + timedelta(days=ends), revoked_at=revoked)

    rows = sign_in("ada").get(LIST).context["rows"]

    assert [row.key.name for row in rows] == ["Newer", "Older", "Ended", "Revoked"]


@pytest.mark.parametrize(
    ("scopes", "path"),
    [(["CLOUD_BACKUP", "BILLING"], "/client"), (["BILLING"], "/billing/usage/billable"), (["SYNC"], "")],
)
def test_a_new_key_is_shown_a_call_that_it_may_make(sign_in, scopes, path):
    page = sign_in("ada").post(NEW, typed(scopes=scopes)).content.decode()

    assert (f"/api/v1{path} " in page, "curl" in page) == (bool(path), bool(path))


def test_a_use_is_noted_at_most_once_a_minute_and_the_first_one_is_logged(northwind):
    key, now = make_api_key(northwind)[0], timezone.now()

    for seconds, address in ((0, "192.0.2.1"), (59, "192.0.2.2"), (60, "192.0.2.3"), (70, "192.0.2.4")):
        note_use(key=ApiKey.objects.get(), address=address, now=now + timedelta(seconds=seconds))

    key.refresh_from_db()
    assert (key.last_used_from, key.last_used_at) == ("192.0.2.3", now + timedelta(seconds=60))
    assert AuditEntry.objects.get(action="api_key.first_used").details == {"address": "192.0.2.1"}


def test_the_database_refuses_a_key_that_opens_nothing(northwind):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_api_key(northwind, scopes=[])
