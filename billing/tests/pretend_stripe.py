"""The pretend Stripe in the hands of a test, and the work that is done when it has rung."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import httpx
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobs import claims
from jobs.models import Job
from portal.tests.simulator import Simulator, connect, plain_client

KEY, SECRET = "sk_test_simulated", "whsec_simulated"


@dataclass
class PretendStripe:
    """What somebody does on Stripe's pages, and what Stripe then tells."""

    simulator: Simulator
    database_url: str = ""

    @property
    def api_url(self) -> str:
        return f"{self.simulator.url}/stripe"

    def pay(self, url: str, card: str = "visa") -> httpx.Response:
        """Pay on the page at ``url``, or be declined there."""
        return self._post(url, {"step": "pay", "card": card})

    def leave(self, url: str) -> httpx.Response:
        return self._post(url, {"step": "leave"})

    @contextmanager
    def answering(self, key: str) -> Iterator[None]:
        """Let Stripe be at work on a request with this key."""
        with closing(connect(self.database_url)) as holder, holder, holder.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [key])
            yield

    def refund(self, intent: str, cents: int) -> None:
        """Give money of a payment back to the card, as staff does at Stripe."""
        headers = {"Authorization": f"Bearer {KEY}"}
        with plain_client() as client:
            data = {"payment_intent": intent, "amount": cents}
            answer = client.post(f"{self.api_url}/v1/refunds", data=data, headers=headers)
        assert answer.status_code == 200, answer.text

    def dispute(self, intent: str) -> None:
        self.simulator.control("/stripe/disputes", {"payment_intent": intent})

    def events(self, kind: str = "") -> list[dict]:
        """Return what happened, the oldest first."""
        return [one for one in self.simulator.control("/stripe/events") if not kind or one["type"] == kind]

    def objects(self, kind: str) -> list[dict]:
        return [one for one in self.simulator.control("/stripe/objects") if one["object"] == kind]

    def tell(self, *kinds: str) -> list[int]:
        """Bring events to the webhook, all of them or those of ``kinds`` in their order; return how it answered."""
        wanted = [event for kind in kinds for event in self.events(kind)] if kinds else self.events()
        return [tell(event["payload"], event["signature"]) for event in wanted]

    def _post(self, url: str, data: dict) -> httpx.Response:
        with plain_client() as client:
            return client.post(url, data=data)


def tell(payload: str, signature: str, **options) -> int:
    """Bring one body to the webhook, and return the status it answers with."""
    options = {"content_type": "application/json", "headers": {"Stripe-Signature": signature}} | options
    return Client().post(reverse("billing:stripe_webhook"), payload, **options).status_code


def work() -> None:
    """Do the jobs of billing that wait, whatever they wait for, each once."""
    found = Job.objects.filter(kind__in=["ask_about_payment", "copy_cards"], state=Job.State.QUEUED)
    for job in found.order_by("pk"):
        Job.objects.filter(pk=job.pk).update(not_before=timezone.now())
        claims.run(job.pk)
