"""The gate of programs: which key asks, may it ask this, does it ask too often.

What a key may *see* is not decided here: look rows up with ``visible_to(request.auth)``, as for people.
"""

import math
import time
from typing import TYPE_CHECKING

from allauth.core.internal.httpkit import get_client_ip
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.actions.api_keys import note_use
from accounts.models import ApiKey
from accounts.scopes import Scope

if TYPE_CHECKING:
    from rest_framework.views import APIView

_HEADER = "X-Api-Key"
_WINDOW = 60
# One sentence for a key that is missing, unknown, expired or revoked: a stranger learns nothing about keys.
_NO_KEY = f"Send a key that is valid today in the header {_HEADER}."


class MissingScope(PermissionDenied):
    """The key is good and lacks the scope; ``scope`` is its code."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(
            f"This key lacks the permission {scope.label} ({scope.value}). An Administrator can make a key that has it."
        )
        self.scope = scope.value


class KeyAuthentication(BaseAuthentication):
    """Finds the key of the request; it becomes ``request.auth``. There is no person behind it."""

    def authenticate(self, request: Request) -> tuple[None, ApiKey]:
        """Return the key. Raises AuthenticationFailed, in the same words for every reason."""
        now = timezone.now()
        key = ApiKey.objects.presented(request.headers.get(_HEADER, ""), now)
        if key is None:
            raise AuthenticationFailed(_NO_KEY)
        note_use(key=key, address=get_client_ip(request._request), now=now)
        return None, key

    def authenticate_header(self, request: Request) -> str:
        """Name the header, so that the answer is 401 and not 403."""
        return f'ApiKey header="{_HEADER}"'


class HasScope(BasePermission):
    """Opens a view to keys with the scope it declares; a view that declares none opens to nobody."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Return whether the key may. Raises `MissingScope`, which says what is missing."""
        scope = getattr(view, "scope", None)
        if scope is None or request.auth is None:
            return False
        if not request.auth.opens(scope):
            raise MissingScope(scope)
        return True


class KeyThrottle(BaseThrottle):
    """Lets a key ask `settings.API_CALLS_PER_MINUTE` times in each minute of the clock."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        """Count the call, and return whether it is one too many."""
        self._now = time.time()
        name = f"api-calls-{request.auth.pk}-{int(self._now // _WINDOW)}"
        cache.add(name, 0, timeout=2 * _WINDOW)
        return cache.incr(name) <= settings.API_CALLS_PER_MINUTE

    def wait(self) -> int:
        """Return the seconds until the next minute begins."""
        return math.ceil(_WINDOW - self._now % _WINDOW)
