"""The page for people who look in: which tenants there are, and whom to sign in as."""

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from simulators.microsoft365.login.tenancy import people_to_choose_from
from simulators.microsoft365.registry import BrokenAppsFile, registry

_STYLE = settings.ROOT / "assets" / "simulator.css"


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """List the tenants with their administrators."""
    try:
        apps, problem = registry.all().values(), ""
    except BrokenAppsFile as trouble:
        apps, problem = [], str(trouble)
    context = {
        "problem": problem,
        "choices": people_to_choose_from(None),
        "apps": apps,
        "login_url": settings.LOGIN_URL_BASE,
        "graph_url": settings.GRAPH_URL_BASE,
    }
    return render(request, "microsoft365/home.html", context)


@require_safe
def style(request: HttpRequest) -> FileResponse:
    """The one stylesheet of all pages."""
    return FileResponse(_STYLE.open("rb"), content_type="text/css")


def not_found(request: HttpRequest, exception: Exception) -> JsonResponse:
    """Say where one might have wanted to go; a call of a provider that led nowhere stands in the log as unknown."""
    if hasattr(request, "journal_facts"):
        request.journal_facts["unknown"] = True
    message = f"There is nothing at {request.path}. The simulator's own page is {settings.PUBLIC_URL}/_sim/ ."
    return JsonResponse({"error": {"code": "ResourceNotFound", "message": message}}, status=404)
