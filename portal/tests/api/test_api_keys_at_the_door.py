"""Which keys open what, and how often."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from accounts.models import ApiKey
from accounts.scopes import Scope
from accounts.tests.factories import make_api_key
from portal.tests.api.conftest import BOTH
from portal.tests.api.programs import API, DOORS, Program, addresses


@pytest.mark.parametrize("name", DOORS)
def test_a_foreign_or_chosen_away_thing_answers_like_one_that_never_was(client, scene, acme, bolt, rival, name):
    programs = [
        Program(client, make_api_key(rival, scopes=BOTH)[1]),
        Program(client, make_api_key(acme.partner, scopes=BOTH, organizations=[bolt])[1]),
        # All its clients were removed: it opens nothing, and not everything.
        Program(client, make_api_key(acme.partner, scopes=BOTH, organizations=[])[1]),
    ]
    item = scene["site" if "shared" in name else "eva"]
    path, nowhere = addresses(acme.uuid, item.uuid)[name], addresses(item.uuid, item.uuid)[name]

    for theirs in programs:
        if path == nowhere:
            said = str(theirs.get(path))
            assert not [name for name in ("Acme", "Eva Lindholm") if name in said]
        else:
            assert theirs.get(path, status=404) == theirs.get(nowhere, status=404)


@pytest.mark.parametrize("name", DOORS)
def test_a_missing_scope_is_named(client, northwind, acme, name):
    needed = DOORS[name].opens_with
    others = [scope for scope in Scope if scope != needed]
    program = Program(client, make_api_key(northwind, scopes=others)[1])

    answer = program.get(addresses(acme.uuid, acme.uuid)[name], status=403)

    assert answer["missing_scope"] == needed.value
    assert needed.label in answer["detail"]


def test_a_key_that_is_missing_unknown_expired_or_revoked_is_refused_in_the_same_words(client, northwind):
    now = timezone.now()
    good = make_api_key(northwind)[1]
    last = "a" if good[-1] != "a" else "b"
    ended = make_api_key(northwind, created_at=now - timedelta(days=9), expires_at=now)[1]
    revoked = make_api_key(northwind, revoked_at=now)[1]
    keys = ["", good[:-1] + last, good[:-1], good + "a", ended, revoked, "é" * 60, "x" * 9000]

    answers = [Program(client, key).get("/client", status=401) for key in keys]
    northwind.is_active = False
    northwind.save()
    answers.append(Program(client, good).get("/client", status=401))

    assert len({str(answer) for answer in answers}) == 1


@pytest.mark.parametrize(("scopes", "first"), [([Scope.CLOUD_BACKUP], 200), ([Scope.BILLING], 403)])
def test_too_many_calls_are_told_when_to_come_back_and_other_keys_go_on(
    client, northwind, settings, monkeypatch, scopes, first
):
    settings.API_CALLS_PER_MINUTE = 2
    # Twenty seconds into a minute, so that no minute ends between two calls.
    monkeypatch.setattr("accounts.api_access.time", SimpleNamespace(time=lambda: 60 * 29_000_000 + 20.0))
    text = make_api_key(northwind, scopes=scopes)[1]
    other = Program(client, make_api_key(northwind)[1])

    answers = [client.get(f"{API}/client", headers={"X-Api-Key": text}) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [first, first, 429, 429]
    assert (answers[2]["Content-Type"], answers[2]["Retry-After"]) == ("application/problem+json", "40")
    other.get("/client")


def test_a_session_opens_nothing_and_a_key_opens_no_page(sign_in, client, northwind):
    Program(sign_in("ada")).get("/client", status=401)

    assert client.get("/dashboard/", headers={"X-Api-Key": make_api_key(northwind)[1]}).status_code == 302


def test_use_is_noted_with_the_address_and_answers_stay_out_of_caches(program, client):
    answer = client.get(f"{API}/client", headers=program.headers, REMOTE_ADDR="192.0.2.7")

    assert ApiKey.objects.get().last_used_from == "192.0.2.7"
    assert answer["Cache-Control"] == "no-store"
