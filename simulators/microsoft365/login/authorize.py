"""/oauth2/v2.0/authorize: somebody signs in for an app."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from simulators.microsoft365.clock import clock
from simulators.microsoft365.login import sign_in
from simulators.microsoft365.login.apps import asking_app
from simulators.microsoft365.login.codes import Code, codes
from simulators.microsoft365.login.refusals import SignInRefused
from simulators.microsoft365.login.session import signed_in_person
from simulators.microsoft365.login.tenancy import tenant_or_any
from simulators.microsoft365.models import Person, Tenant
from simulators.microsoft365.registry import App

_PROMPTS = ("", "login", "select_account", "none", "consent")


@require_http_methods(["GET", "POST"])
def authorize(request: HttpRequest, tenant: str) -> HttpResponse:
    """Send the browser back with a code, at once when somebody is signed in already."""
    try:
        known_tenant = tenant_or_any(tenant)
        app = asking_app(request.GET, tenant)
    except SignInRefused as refusal:
        return refusal.as_page(request)
    mistake = _mistake(request)
    if mistake:
        return _back(request, {"error": "invalid_request", "error_description": mistake})
    if sign_in.wants_to_sign_in(request):
        return sign_in.sign_in(request, known_tenant, app.name)
    if sign_in.wants_another_account(request):
        return sign_in.sign_out(request)
    return _go_on(request, app, known_tenant)


def _go_on(request: HttpRequest, app: App, tenant: Tenant | None) -> HttpResponse:
    person, prompt = signed_in_person(request), request.GET.get("prompt", "")
    fits = person is not None and (tenant is None or person.tenant_id == tenant.id)
    if prompt == "none" and not fits:
        description = "AADSTS50058: A silent sign-in request was sent but no user is signed in."
        return _back(request, {"error": "login_required", "error_description": description})
    if not fits or prompt in ("login", "select_account"):
        return sign_in.sign_in_page(request, tenant, app_name=app.name)
    return _back(request, {"code": _new_code(request, app, person)})


def _new_code(request: HttpRequest, app: App, person: Person) -> str:
    code = Code(
        client_id=app.client_id.lower(),
        redirect_uri=request.GET["redirect_uri"],
        challenge=request.GET["code_challenge"],
        nonce=request.GET.get("nonce", ""),
        person_id=person.id,
        made_at=clock.now(),
    )
    return codes.hand_out(code)


def _mistake(request: HttpRequest) -> str:
    given = request.GET
    if given.get("response_type") != "code":
        return "AADSTS700054: response_type must be 'code'."
    if "openid" not in given.get("scope", "").split():
        return "AADSTS900144: The request body must contain the following parameter: 'scope', with openid in it."
    if given.get("response_mode", "query") != "query":
        return "AADSTS70007: response_mode must be 'query'."
    if not given.get("code_challenge") or given.get("code_challenge_method") != "S256":
        return "AADSTS9002325: Proof Key for Code Exchange is required, with code_challenge_method S256."
    if given.get("prompt", "") not in _PROMPTS:
        return f"AADSTS90023: Unsupported prompt value '{given['prompt']}'."
    return ""


def _back(request: HttpRequest, answer: dict[str, str]) -> HttpResponse:
    if "state" in request.GET:
        answer["state"] = request.GET["state"]
    uri = request.GET["redirect_uri"]
    return HttpResponseRedirect(f"{uri}{'&' if '?' in uri else '?'}{urlencode(answer)}")
