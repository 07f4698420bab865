"""Before what hurts people show once more that it is them, unless they have just signed in."""

from django.urls import reverse

from accounts.tests.factories import PASSWORD
from accounts.tests.test_sign_in import knock
from conftest import sign_in_long_ago
from organizations.tests.factories import make_connection


def test_whoever_has_just_signed_in_is_not_asked_again_and_ten_minutes_later_once(client, cast, acme):
    make_connection(acme)
    exports = reverse("backups:export_start", args=[acme.uuid])
    knock(client, "/organization/login/", "otto.brandt@example.com")

    fresh = client.get(exports)
    sign_in_long_ago(client)
    asked = client.get(exports)
    client.post(asked.url, {"password": PASSWORD})

    assert fresh.status_code == 200
    assert asked.url.startswith("/confirm/")
    assert client.get(exports).status_code == 200
