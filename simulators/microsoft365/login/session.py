"""Who is signed in at the simulator, in this browser: a signed cookie of its own."""

from uuid import UUID

from django.core import signing
from django.http import HttpRequest, HttpResponse

from simulators.microsoft365 import keys
from simulators.microsoft365.models import Person

COOKIE = "simulator_sign_in"
_LIVES_SECONDS = 24 * 60 * 60


def signed_in_person(request: HttpRequest) -> Person | None:
    """Return who is signed in and may still be, or None."""
    try:
        word = _signer().unsign(request.COOKIES.get(COOKIE, ""), max_age=_LIVES_SECONDS)
    except signing.BadSignature:
        return None
    return Person.objects.live().filter(id=UUID(word), is_enabled=True).select_related("tenant").first()


def keep_signed_in(response: HttpResponse, person: Person) -> None:
    """Remember ``person`` in this browser."""
    word = _signer().sign(str(person.id))
    response.set_cookie(COOKIE, word, max_age=_LIVES_SECONDS, path="/login", httponly=True, samesite="Lax")


def forget(response: HttpResponse) -> None:
    """Sign whoever it is out of this browser."""
    response.delete_cookie(COOKIE, path="/login")


def _signer() -> signing.TimestampSigner:
    return signing.TimestampSigner(key=keys.link_secret().hex(), salt="sign-in")
