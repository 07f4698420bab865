"""What no page can mean: a clear 4xx page, nothing changed, one line in the log, never a 500."""

import logging

import psycopg2
import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, Partner

BROKEN = "\udcff"


@pytest.mark.parametrize(
    "path", ["/users/%00", "/users/?q=%00", "/invitation/%00/", "/users/?q=%ff%fe", "/login/?next=%00"]
)
def test_an_address_that_is_no_text_is_a_400(sign_in, path, caplog):
    with caplog.at_level(logging.WARNING):
        answer = sign_in("ada").get(path)

    assert answer.status_code == 400
    assert b"cannot be read" in answer.content
    assert len([record for record in caplog.records if "Refused" in record.message]) == 1


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/users/new/", {"first_name": "a\x00b", "email": "x@\x00.example"}),
        ("/account/", {"first_name": "a\x00b"}),
        ("/account/newsletters/", {"categories": "\x00"}),
        ("/login/", {"login": "a\x00@example.com", "password": "\x00"}),
        ("/password/forgotten/", {"email": "\x00"}),
        ("/settings/company/edit/", {"name": "\x00", "time_zone": "\x00"}),
    ],
)
def test_nul_bytes_in_a_form_never_reach_the_database(sign_in, client, path, fields):
    browser = client if path.startswith(("/login", "/password")) else sign_in("ada")

    answer = browser.post(path, fields)

    assert answer.status_code in (200, 302, 400, 422)
    assert not Partner.objects.filter(name__contains="\ufffd").exists()


def test_a_body_of_two_megabytes_is_a_413(sign_in):
    answer = sign_in("ada").post("/users/new/", {"first_name": "x" * 2_000_000})

    assert answer.status_code == 413
    assert b"too large" in answer.content


def test_two_thousand_fields_are_a_400(sign_in):
    answer = sign_in("ada").post("/users/new/", {f"field{n}": "x" for n in range(2000)})

    assert answer.status_code == 400


@pytest.mark.parametrize("body", [b"\xff\xfe=\xff", b"--no-boundary", b"%ZZ=%ZZ"])
@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=", "text/x"]
)
def test_a_broken_body_is_never_a_500(sign_in, body, kind):
    answer = sign_in("ada").generic("POST", "/users/new/", body, content_type=kind)

    assert 400 <= answer.status_code < 500


POST_ONLY = [
    "accounts:invitation_resend",
    "accounts:invitation_revoke",
    "accounts:billing_request",
    "accounts:billing_open",
]


@pytest.mark.parametrize("name", POST_ONLY)
def test_a_get_where_a_post_belongs_is_a_405_page(sign_in, cast, name):
    answer = sign_in("ada").get(reverse(name, args=[cast["ben"].uuid]))

    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    assert b"reached differently" in answer.content


@pytest.mark.parametrize("method", ["put", "delete", "patch", "trace"])
def test_other_methods_change_nothing(sign_in, cast, method):
    answer = getattr(sign_in("ada"), method)(reverse("accounts:member_delete", args=[cast["ben"].uuid]))

    assert answer.status_code in (200, 405)
    assert Membership.objects.filter(pk=cast["ben"].pk).exists()


def test_a_form_without_its_token_is_refused_with_an_explanation(cast):
    from conftest import signed_in_client

    browser = signed_in_client(cast["ada"], enforce_csrf_checks=True)

    answer = browser.post(reverse("accounts:member_delete", args=[cast["ben"].uuid]))

    assert answer.status_code == 403
    assert b"This form is too old" in answer.content
    assert Membership.objects.filter(pk=cast["ben"].pk).exists()


def test_a_refusal_says_which_right_is_missing_and_who_can_give_it(sign_in):
    page = sign_in("ben").get("/users/").content.decode()

    assert "may not manage users" in page
    assert "An Administrator of your company can change that." in page


def test_an_unknown_page_and_a_foreign_one_look_the_same(sign_in, cast):
    browser = sign_in("rita")
    unknown = browser.get("/users/3f0b1e7c-0000-4000-8000-000000000000/")
    foreign = browser.get(cast["ben"].get_absolute_url())

    assert unknown.status_code == foreign.status_code == 404
    assert unknown.content == foreign.content


def test_an_error_of_ours_is_an_honest_page_without_details(sign_in, monkeypatch, caplog):
    from accounts.views import members

    def breaks(*args, **kwargs):
        raise RuntimeError("the secret reason")

    monkeypatch.setattr(members, "as_row", breaks)
    browser = sign_in("ada", raise_request_exception=False)

    answer = browser.get("/users/")

    assert answer.status_code == 500
    assert b"Something broke on our side" in answer.content
    assert b"secret reason" not in answer.content
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_too_many_requests_get_a_page_that_says_when_to_come_back(client, db):
    answers = [client.post("/password/forgotten/", {"email": f"n{n}@example.com"}) for n in range(25)]

    assert answers[-1].status_code == 429
    assert answers[-1]["Retry-After"] == "60"
    assert b"Wait a minute" in answers[-1].content


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example"])
def test_a_foreign_host_name_is_refused(db, host):
    assert Client(headers={"Host": host}).get("/login/").status_code == 400


@pytest.mark.django_db(transaction=True)
def test_a_row_that_somebody_else_holds_for_long_is_a_page_that_says_so(sign_in, acme, caplog):
    """Another session holds the organization's row while ada saves its record."""
    browser = sign_in("ada", raise_request_exception=False)
    other = psycopg2.connect(**connection.get_connection_params() | {"cursor_factory": None})
    try:
        with other.cursor() as cursor, connection.cursor() as ours:
            cursor.execute("SELECT 1 FROM organizations_organization WHERE id = %s FOR UPDATE", [acme.pk])
            ours.execute("SET lock_timeout = '50ms'")
            answer = browser.post(f"/organizations/{acme.uuid}/edit/", {"name": "Acme Dental Group", "country": "GB"})
            ours.execute("RESET lock_timeout")
    finally:
        other.close()

    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert b"Somebody else is changing this" in answer.content
    acme.refresh_from_db()
    assert acme.name == "Acme Dental"


def test_going_back_in_history_gets_the_whole_page(sign_in, acme):
    browser = sign_in("ada")
    for path in ("/users/", "/organizations/", f"/organizations/{acme.uuid}/accounts/"):
        part = browser.get(path, headers={"HX-Request": "true"}).content
        whole = browser.get(path, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"}).content

        assert b"<!doctype html>" in whole
        assert b"<!doctype html>" not in part
