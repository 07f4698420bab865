"""/oauth2/v2.0/token: programs get their tokens."""

import hashlib
from datetime import datetime
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from simulators.microsoft365 import jose, keys
from simulators.microsoft365.clock import clock
from simulators.microsoft365.grants import roles_that_arrived
from simulators.microsoft365.graph.identity import AUDIENCE
from simulators.microsoft365.login.client_auth import authenticated_app
from simulators.microsoft365.login.codes import codes
from simulators.microsoft365.login.refusals import SignInRefused
from simulators.microsoft365.login.tenancy import named_tenant, tenant_or_any
from simulators.microsoft365.models import Grant, Person, Tenant
from simulators.microsoft365.registry import App

LIFETIME_SECONDS = 3599
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
EVERYBODY = "b79fbf4d-3ef9-4689-8143-76b194e85509"


@csrf_exempt
@require_POST
def token(request: HttpRequest, tenant: str) -> HttpResponse:
    """Return tokens, or say by number why not."""
    now = clock.now()
    try:
        body, tenant_id = _tokens(request.POST, tenant, now)
    except SignInRefused as refusal:
        return refusal.as_json(now)
    request.journal_facts |= {"tenant": tenant_id, "app": request.POST.get("client_id", ""), "template": "token"}
    response = JsonResponse(body)
    response["Cache-Control"] = "no-store"
    return response


def _tokens(form: QueryDict, tenant_word: str, now: datetime) -> tuple[dict, str]:
    kind = form.get("grant_type", "")
    if not kind:
        raise SignInRefused(900144, "The request body must contain the following parameter: 'grant_type'.")
    if kind == "client_credentials":
        return _for_the_app(form, tenant_word, now)
    if kind == "authorization_code":
        return _for_a_person(form, tenant_word, now)
    raise SignInRefused(70003, f"The app requested an unsupported grant type '{kind}'.")


def _for_the_app(form: QueryDict, tenant_word: str, now: datetime) -> tuple[dict, str]:
    tenant = named_tenant(tenant_word)
    app = authenticated_app(form, tenant_word, now)
    scope = form.get("scope", "")
    if not scope:
        raise SignInRefused(900144, "The request body must contain the following parameter: 'scope'.")
    if not scope.endswith("/.default") or " " in scope:
        raise SignInRefused(
            70011, f"The provided request must include a 'scope' input parameter. The scope '{scope}' is not valid."
        )
    grant = Grant.objects.filter(tenant=tenant, client_id=app.client_id.lower()).first()
    roles = roles_that_arrived(grant, now)
    if roles is None:
        raise SignInRefused(
            7000229,
            f"The client application {app.client_id} is missing service principal in the tenant {tenant.id}.",
        )
    claims = _common(tenant, app, now) | {
        "aud": AUDIENCE,
        "appid": app.client_id,
        "app_displayname": app.name,
        "appidacr": "2" if "client_assertion" in form else "1",
        "idtyp": "app",
        "oid": str(grant.service_principal_id),
        "sub": str(grant.service_principal_id),
        "ver": "1.0",
    }
    # A token without any role has no such claim at all.
    claims |= {"roles": roles} if roles else {}
    return _body(access_token=_signed(claims)), str(tenant.id)


def _for_a_person(form: QueryDict, tenant_word: str, now: datetime) -> tuple[dict, str]:
    known_tenant = tenant_or_any(tenant_word)
    app = authenticated_app(form, tenant_word, now)
    for name in ("code", "redirect_uri", "code_verifier"):
        if not form.get(name):
            raise SignInRefused(900144, f"The request body must contain the following parameter: '{name}'.")
    code = codes.redeem(
        form["code"],
        client_id=app.client_id,
        redirect_uri=form["redirect_uri"],
        verifier=form["code_verifier"],
        now=now,
    )
    person = Person.objects.live().filter(id=code.person_id).select_related("tenant").first()
    if person is None or (known_tenant and person.tenant_id != known_tenant.id):
        raise SignInRefused(70000, "The authorization code was issued to somebody of another tenant, or who is gone.")
    common = _common(person.tenant, app, now) | _about(person, app)
    id_claims = common | {"aud": app.client_id, "name": person.display_name, "preferred_username": person.upn}
    id_claims |= {"wids": _wids(person), "nonce": code.nonce, "ver": "2.0"}
    access_claims = common | {"aud": AUDIENCE, "appid": app.client_id, "scp": "openid profile", "ver": "1.0"}
    body = _body(access_token=_signed(access_claims), id_token=_signed(id_claims), scope="openid profile")
    return body, str(person.tenant_id)


def _common(tenant: Tenant, app: App, now: datetime) -> dict:
    moment = int(now.timestamp())
    return {
        "iss": issuer(str(tenant.id)),
        "iat": moment,
        "nbf": moment,
        "exp": moment + LIFETIME_SECONDS,
        "tid": str(tenant.id),
        "uti": uuid4().hex,
    }


def _about(person: Person, app: App) -> dict:
    # The subject differs from app to app; the object id does not.
    pairwise = hashlib.sha256(f"{app.client_id.lower()}/{person.id}".encode()).digest()
    return {"oid": str(person.id), "sub": jose.encode(pairwise)}


def _wids(person: Person) -> list[str]:
    is_admin = person.id == person.tenant.admin_id
    return [GLOBAL_ADMINISTRATOR, EVERYBODY] if is_admin else [EVERYBODY]


def issuer(tenant_id: str) -> str:
    """Return the issuer of a tenant's tokens."""
    return f"{settings.LOGIN_URL_BASE}/{tenant_id}/v2.0"


def _signed(claims: dict) -> str:
    return jose.sign(claims, key=keys.signing_key(), key_id=keys.signing_key_id())


def _body(**tokens) -> dict:
    return {"token_type": "Bearer", "expires_in": LIFETIME_SECONDS, "ext_expires_in": LIFETIME_SECONDS} | tokens
