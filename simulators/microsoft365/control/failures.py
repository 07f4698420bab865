"""Faults."""

from django.http import HttpRequest, JsonResponse

from simulators.microsoft365.control.desk import desk
from simulators.microsoft365.faults import faults


@desk("GET", "POST", "DELETE")
def faults_view(request: HttpRequest, data: dict):
    """List the rules, add one (or a list of them), or remove all of them (or the one with ``?id=``)."""
    if request.method == "POST":
        rules = [faults.add(entry).as_json() for entry in (data if isinstance(data, list) else [data])]
        return JsonResponse(rules if isinstance(data, list) else rules[0], status=201, safe=False)
    if request.method == "DELETE":
        wanted = request.GET.get("id")
        faults.remove(keep=lambda rule: wanted is not None and str(rule.id) != wanted)
    return faults.all()
