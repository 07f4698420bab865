"""How Exchange behaves in a tenant."""

from simulators.microsoft365.mutations.ledger import Ledger
from simulators.microsoft365.outlook.models import Habit


def events_delta(ledger: Ledger, arguments: dict) -> dict:
    """Let v1.0 answer delta queries on events in this tenant, or with ``on: false`` refuse them again."""
    wanted = bool(arguments.get("on", True))
    Habit.objects.update_or_create(tenant=ledger.tenant, defaults={"answers_event_delta": wanted})
    return {"on": wanted}
