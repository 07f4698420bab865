"""What no browser sends and a stranger may: the settings pages answer in words and never with an error."""

import pytest
from django.urls import reverse

from organizations.tests.factories import make_connection
from organizations.tests.test_settings_notifications import fields as digest_fields
from organizations.tests.test_settings_services import HTMX


@pytest.fixture
def digest(acme):
    return reverse("organizations:settings_notifications", args=[acme.uuid])


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_two_wrong_addresses_at_once_are_both_named(sign_in, digest, headers):
    sent = digest_fields(recipients=["wrong one"], new_recipient="wrong two", add_recipient="1")

    answer = sign_in("otto").post(digest, sent, headers=headers)

    assert answer.status_code == 422
    words = answer.content.decode()
    assert "“wrong one” is not an email address" in words
    assert "“wrong two” is not an email address" in words


@pytest.mark.parametrize("name", ["settings_services", "policy_groups"])
def test_a_nul_byte_among_the_words_for_a_group_finds_nothing(sign_in, acme, name):
    make_connection(acme)
    url = reverse(f"organizations:{name}", args=[acme.uuid])

    answer = sign_in("otto").post(url, {"revision": 0, "group_words": "sales\x00", "find": "1"})

    assert answer.status_code == 200
