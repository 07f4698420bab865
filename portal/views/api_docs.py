"""The document of the API, and the page on which people read it and try it out."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from accounts.access import open_page
from portal.api_schema import api_document


@open_page
@require_safe
@cache_control(public=True, max_age=300)
def api_schema(request: HttpRequest) -> HttpResponse:
    """Answer the OpenAPI document. It holds nothing of anybody, so that tools can read it without a key."""
    return JsonResponse(api_document(), content_type="application/vnd.oai.openapi+json")


@open_page
@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """Show the document; a key typed there stays in the browser and goes nowhere but to the API."""
    return render(request, "portal/api_docs.html")
