"""The pretend Stripe keeps to what Stripe's reference says, as its official library sees it."""

import time
from contextlib import closing

import pytest
import stripe

from portal.tests.simulator import connect, plain_client

KEY = "sk_test_simulated"


@pytest.fixture
def client(microsoft):
    base = f"{microsoft.url}/stripe"
    return stripe.StripeClient(KEY, base_addresses={"api": base})


@pytest.fixture
def session(client):
    customer = client.v1.customers.create({"name": "Northwind IT"}, {"idempotency_key": "c"})

    def _session(key="k", **other):
        price = {"currency": "eur", "unit_amount": 12100, "product_data": {"name": "Invoice 1"}}
        values = {
            "mode": "payment", "customer": customer.id, "line_items": [{"price_data": price, "quantity": 1}],
            "success_url": "http://localhost/back?s={CHECKOUT_SESSION_ID}", "cancel_url": "http://localhost/left",
        }  # fmt: skip
        return client.v1.checkout.sessions.create(values | other, {"idempotency_key": key} if key else {})

    return _session


def pay(session, card="visa"):
    with plain_client() as browser:
        return browser.post(session.url, data={"step": "pay", "card": card})


def test_the_same_key_gets_the_same_answer_and_other_parameters_are_refused(session):
    first, again = session(), session()

    assert first.id == again.id
    with pytest.raises(stripe.IdempotencyError):
        session(client_reference_id="other")
    assert session(key="another").id != first.id


def test_while_a_key_is_held_another_request_with_it_is_a_conflict(session, simulator_process):
    with closing(connect(simulator_process.database_url)) as holder, holder, holder.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('k'))")
        with pytest.raises(stripe.APIError) as conflict:
            session()

    assert (conflict.value.http_status, conflict.value.error.code) == (409, "idempotency_key_in_use")
    assert session().id


def test_a_paid_session_has_an_intent_with_its_charge(client, session):
    left = session()
    answer = pay(left)

    found = client.v1.checkout.sessions.retrieve(left.id, {"expand": ["payment_intent.latest_charge"]})
    assert answer.headers["Location"] == f"http://localhost/back?s={left.id}"
    assert (found.status, found.payment_status, found.amount_total) == ("complete", "paid", 12100)
    assert found.payment_intent.latest_charge.payment_method_details.card.last4 == "4242"


def test_a_declined_card_is_an_error_of_the_intent_and_the_session_stays_open(client, session):
    one = session()
    pay(one, "declined")

    found = client.v1.checkout.sessions.retrieve(one.id, {"expand": ["payment_intent"]})
    assert (found.status, found.payment_intent.last_payment_error.code) == ("open", "card_declined")


def test_a_session_expires_once(client, session, microsoft):
    one, other = session(), session(key="2", expires_at=int(time.time()) + 1900)

    assert client.v1.checkout.sessions.expire(one.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.expire(one.id)
    microsoft.advance(2000)
    assert client.v1.checkout.sessions.retrieve(other.id).status == "expired"
    kinds = [event["type"] for event in microsoft.control("/stripe/events")]
    assert kinds.count("checkout.session.expired") == 2


@pytest.mark.parametrize(
    ("values", "code"),
    [({"colour": "red"}, "parameter_unknown"), ({"customer": "cus_nobody"}, "resource_missing"),
     ({"line_items": []}, "parameter_missing"), ({"mode": ""}, "parameter_missing")],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_stripes_code(session, values, code):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        session(**values)

    assert refusal.value.code == code


def test_without_the_key_nobody_gets_in(microsoft):
    stranger = stripe.StripeClient("sk_test_other", base_addresses={"api": f"{microsoft.url}/stripe"})

    with pytest.raises(stripe.AuthenticationError):
        stranger.v1.customers.create({})


def test_a_call_nobody_knows_is_a_404_and_stands_in_the_log(client, microsoft):
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.balance.retrieve()

    assert [call["path"] for call in microsoft.unknown_calls()] == ["/stripe/v1/balance"]


def test_events_are_signed_as_the_library_verifies_them(session, microsoft):
    pay(session())
    [event] = [one for one in microsoft.control("/stripe/events") if one["type"] == "checkout.session.completed"]

    told = stripe.Webhook.construct_event(event["payload"], event["signature"], "whsec_simulated")

    assert (told.id, told.data.object.payment_status) == (event["id"], "paid")
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(event["payload"] + " ", event["signature"], "whsec_simulated")


def test_a_card_that_is_detached_can_be_neither_detached_again_nor_made_the_default(client, session):
    one = session(payment_intent_data={"setup_future_usage": "on_session"})
    pay(one)
    customer = one.customer
    [card] = client.v1.customers.payment_methods.list(customer).data
    client.v1.payment_methods.detach(card.id)

    for ask in (
        lambda: client.v1.payment_methods.detach(card.id),
        lambda: client.v1.customers.update(customer, {"invoice_settings": {"default_payment_method": card.id}}),
    ):
        with pytest.raises(stripe.InvalidRequestError, match="attached"):
            ask()
