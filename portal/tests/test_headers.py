"""Headers on every kind of answer, and the stylesheet in one piece."""

import pytest
from django.test import Client

from portal.stylesheet import stylesheet_url


@pytest.mark.parametrize(
    "path", ["/login/", "/nothing/", "/users/", "/static/icons.svg", "/health/live/", "/unsubscribe/x/", "/admin/"]
)
def test_every_answer_carries_the_policy(client, db, path):
    answer = client.get(path)

    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"


def test_pages_of_signed_in_people_stay_out_of_caches(sign_in):
    assert "no-store" in sign_in("ada").get("/dashboard/")["Cache-Control"]


def test_cookies_are_closed_to_scripts_and_other_sites(client, cast):
    from accounts.tests.test_sign_in import knock

    knock(client, "/organization/login/", "otto.brandt@example.com")

    for name in ("sid", "door", "known"):
        assert client.cookies[name]["httponly"], name
        assert client.cookies[name]["samesite"] == "Lax", name


def test_the_stylesheet_is_one_piece_kept_for_ever(db):
    client = Client()

    answer = client.get(stylesheet_url())

    text = answer.content.decode()
    assert "immutable" in answer["Cache-Control"]
    assert "@import" not in text
    assert text.index("--brand") < text.index("@layer base {") < text.index("@layer components {")
    assert "recovery-codes" in text
    assert client.get("/style/0000000000000000.css").status_code == 404


def test_every_stylesheet_is_in_it():
    from portal.stylesheet import _FOLDER

    main = (_FOLDER / "portico.css").read_text()

    assert [file.name for file in _FOLDER.rglob("*.css") if file.name != "portico.css" and file.name not in main] == []
