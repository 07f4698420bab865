"""The clock, the limits, and the way back to nothing."""

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest

from simulators.microsoft365.clock import clock
from simulators.microsoft365.control.desk import Refused, desk, number
from simulators.microsoft365.faults import faults
from simulators.microsoft365.journal import journal
from simulators.microsoft365.login.codes import codes
from simulators.microsoft365.models import Keepsake, Person
from simulators.microsoft365.throttle.meter import meter
from simulators.microsoft365.throttle.prices import SERVICES

_MANY = 5000


@desk("POST")
def reset(request: HttpRequest, data: dict):
    """Drop all tenants, faults, the log, the counters; bring clock and limits back to where they started."""
    _empty()
    clock.reset()
    faults.remove()
    journal.clear()
    meter.reset()
    codes.clear()
    return {"reset": True}


def _empty() -> None:
    # References are checked at the end of the transaction, so the order does not matter.
    models = [model for model in apps.get_models() if model is not Keepsake]
    tables = [connection.ops.quote_name(model._meta.db_table) for model in models]
    with transaction.atomic(), connection.cursor() as cursor:
        if Person.objects.order_by()[_MANY : _MANY + 1].exists():
            cursor.execute(f"TRUNCATE {', '.join(tables)}")
            return
        # For few rows this is much quicker than new files for every table.
        for table in tables:
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - our own tables


@desk("GET", "POST")
def clock_view(request: HttpRequest, data: dict):
    """Show the time, or move it on by ``advance`` seconds."""
    if request.method == "POST":
        clock.advance(number(data, "advance"))
    return {"now": clock.now().isoformat(), "ahead": clock.ahead}


@desk("GET", "POST")
def limits(request: HttpRequest, data: dict):
    """Show or set the factor on all limits, or on those of the services in ``only``; budgets start afresh."""
    if request.method == "POST":
        services = tuple(data.get("only", SERVICES))
        if set(services) - set(SERVICES):
            raise Refused(f"only names services: {', '.join(SERVICES)}.")
        with meter.lock:
            meter.set_factor(float(number(data, "factor", settings.THROTTLE_FACTOR)), services)
    return {"factor": meter.factor, "services": list(meter.services)}
