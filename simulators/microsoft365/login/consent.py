"""/adminconsent: an administrator lets an app into the whole tenant."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from simulators.microsoft365.clock import clock
from simulators.microsoft365.grants import grant
from simulators.microsoft365.login import sign_in
from simulators.microsoft365.login.apps import asking_app
from simulators.microsoft365.login.refusals import SignInRefused
from simulators.microsoft365.login.role_words import in_words
from simulators.microsoft365.login.session import signed_in_person
from simulators.microsoft365.login.tenancy import tenant_or_any
from simulators.microsoft365.models import Person
from simulators.microsoft365.registry import App

SCOPE_SUFFIX = "/.default"
DECLINED = "AADSTS65004: User declined to consent to access the app."
NEEDS_ADMIN = (
    "AADSTS90094: An administrator of {tenant} has set a policy that prevents you from granting {app} the permissions "
    "it is requesting. Contact an administrator, who can grant permissions to this app on your behalf."
)


@require_http_methods(["GET", "POST"])
def admin_consent_v1(request: HttpRequest, tenant: str) -> HttpResponse:
    """The older form, which always means the permissions as registered."""
    return _admin_consent(request, tenant, scope=None)


@require_http_methods(["GET", "POST"])
def admin_consent_v2(request: HttpRequest, tenant: str) -> HttpResponse:
    """The newer form, which names a scope and says it again in its answer."""
    return _admin_consent(request, tenant, scope=request.GET.get("scope", ""))


def _admin_consent(request: HttpRequest, tenant_word: str, scope: str | None) -> HttpResponse:
    try:
        tenant = tenant_or_any(tenant_word)
        app = asking_app(request.GET, tenant_word)
        if scope is not None and not scope.endswith(SCOPE_SUFFIX):
            raise SignInRefused(
                70011, f"The provided request must include a 'scope' ending in /.default, not '{scope}'."
            )
    except SignInRefused as refusal:
        return refusal.as_page(request)
    if sign_in.wants_to_sign_in(request):
        return sign_in.sign_in(request, tenant, app.name)
    if sign_in.wants_another_account(request):
        return sign_in.sign_out(request)
    person = signed_in_person(request)
    if person is None or (tenant and person.tenant_id != tenant.id):
        return sign_in.sign_in_page(request, tenant, app_name=app.name)
    if request.method == "POST":
        return _decide(request, app, person, scope)
    return _ask(request, app, person)


def _ask(request: HttpRequest, app: App, person: Person) -> HttpResponse:
    context = {"app": app, "person": person, "tenant": person.tenant, "roles": [in_words(role) for role in app.roles]}
    page = "consent_request" if _may_consent(person) else "consent_needs_admin"
    return render(request, f"microsoft365/{page}.html", context)


def _decide(request: HttpRequest, app: App, person: Person, scope: str | None) -> HttpResponse:
    if not _may_consent(person):
        description = NEEDS_ADMIN.format(tenant=person.tenant.name, app=app.name)
        return _back(request, {"error": "access_denied", "error_description": description})
    if request.POST.get("step") != "accept":
        answer = {"error": "access_denied", "error_description": DECLINED, "error_subcode": "cancel"}
        return _back(request, answer)
    grant(tenant=person.tenant, client_id=app.client_id, roles=app.roles, now=clock.now())
    answer = {"admin_consent": "True", "tenant": str(person.tenant_id)}
    return _back(request, answer if scope is None else answer | {"scope": scope})


def _back(request: HttpRequest, answer: dict[str, str]) -> HttpResponse:
    if "state" in request.GET:
        answer["state"] = request.GET["state"]
    uri = request.GET["redirect_uri"]
    return HttpResponseRedirect(f"{uri}{'&' if '?' in uri else '?'}{urlencode(answer)}")


def _may_consent(person: Person) -> bool:
    return person.id == person.tenant.admin_id
