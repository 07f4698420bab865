"""What programs may know about the sign-in service without asking anybody."""

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from simulators.microsoft365 import keys
from simulators.microsoft365.clock import clock
from simulators.microsoft365.login.refusals import SignInRefused
from simulators.microsoft365.login.tenancy import tenant_or_any
from simulators.microsoft365.login.token import issuer


@require_safe
def openid_configuration(request: HttpRequest, tenant: str) -> JsonResponse:
    """The addresses of one tenant, or of all together."""
    try:
        known = tenant_or_any(tenant)
    except SignInRefused as refusal:
        return refusal.as_json(clock.now())
    base = f"{settings.LOGIN_URL_BASE}/{tenant}"
    return JsonResponse(
        {
            "issuer": issuer(str(known.id) if known else "{tenantid}"),
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "scopes_supported": ["openid", "profile"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "code_challenge_methods_supported": ["S256"],
            "claims_supported": [
                "sub", "iss", "aud", "exp", "iat", "nbf", "nonce", "oid", "tid", "name", "preferred_username", "wids",
            ],
        }
    )  # fmt: skip


@require_safe
def published_keys(request: HttpRequest, tenant: str) -> JsonResponse:
    """The keys that tokens are signed with."""
    return JsonResponse(keys.published_keys())
