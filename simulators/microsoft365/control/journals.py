"""What was asked, and what can be."""

from django.http import HttpRequest

from simulators.microsoft365.control.desk import Refused, desk
from simulators.microsoft365.graph.routes import ROUTES
from simulators.microsoft365.journal import journal
from simulators.microsoft365.throttle.meter import meter


@desk("GET")
def log(request: HttpRequest, data: dict):
    """Return the requests after number ``since``, of one ``tenant``, or only the ``unknown`` ones."""
    since = request.GET.get("since", "0")
    if not since.isdecimal():
        raise Refused("since must be the number of an entry.")
    return journal.read(
        since=int(since),
        tenant=request.GET.get("tenant"),
        unknown=request.GET.get("unknown") == "1",
    )


@desk("GET")
def routes(request: HttpRequest, data: dict):
    """Return every call that is simulated, with the roles of which any one opens it, and its price."""
    return [
        {
            "method": route.method,
            "template": route.template,
            "part": route.part,
            "roles": sorted(route.roles),
            "service": route.price.service,
            "units": route.price.units,
        }
        for route in ROUTES
    ]


@desk("GET")
def counters(request: HttpRequest, data: dict):
    """Return how often things happened since the last reset."""
    counts = meter.counters
    throttled = {name.removeprefix("throttled_"): n for name, n in counts.items() if name.startswith("throttled_")}
    return {
        "requests": counts["requests"],
        "throttled": sum(throttled.values()),
        "throttled_by_service": throttled,
        "impatient": counts["impatient"],
        "foreign_requests": counts["foreign_requests"],
        "foreign_authorizations": counts["foreign_authorizations"],
        "most_in_flight_per_mailbox": meter.most_in_flight,
    }
