"""/users and what hangs on one user."""

from uuid import UUID

from django.db.models import Case, Value, When
from django.db.models.functions import Lower
from django.db.models.lookups import Exact

from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.graph.filtering import Field
from simulators.microsoft365.graph.listing import Listing, single
from simulators.microsoft365.graph.user_shape import USER
from simulators.microsoft365.models import Kind, Person
from simulators.microsoft365.mutations.ledger import sweep

USERS = Listing(
    USER,
    "users",
    filters={
        "accountEnabled": Field("is_enabled", bool),
        "displayName": Field("display_name__iexact", begins="display_name__istartswith"),
        "givenName": Field("given_name__iexact", begins="given_name__istartswith"),
        "mail": Field("mail__iexact", begins="mail__istartswith"),
        "surname": Field("surname__iexact", begins="surname__istartswith"),
        "userPrincipalName": Field("upn__iexact", begins="upn__istartswith"),
        "userType": Field("user_type__iexact"),
    },
)
DELETED_USERS = Listing(USER, "directoryObjects/microsoft.graph.user", filters=USERS.filters)


def user_list(call: Call) -> Answer:
    """Every user who is not deleted."""
    return USERS.answer(call, with_user_type(call.tenant.people.live()))


def user_detail(call: Call, user: str) -> Answer:
    """One user."""
    return single(call, USER, found_user(call, user), "users")


def deleted_user_list(call: Call) -> Answer:
    """Every user in the bin."""
    sweep(call.tenant)
    return DELETED_USERS.answer(call, with_user_type(call.tenant.people.in_the_bin()))


def found_user(call: Call, word: str, *, though_emptied: bool = False) -> Person:
    """Return the live user with this id or sign-in name. Raises `GraphError` 404, and for all of an emptied tenant."""
    people = call.tenant.people.live()
    try:
        person = people.filter(id=UUID(word)).first()
    except ValueError:
        # The index is one of small letters.
        person = people.filter(Exact(Lower("upn"), word.lower())).first()
    if person is None or (call.tenant.is_empty and not though_emptied):
        message = f"Resource '{word}' does not exist or one of its queried reference-property objects are not present."
        raise GraphError(404, "Request_ResourceNotFound", message)
    return person


def with_user_type(people):
    """Return ``people`` with the property userType to filter by."""
    kind = Case(When(kind=Kind.GUEST, then=Value("Guest")), default=Value("Member"))
    return people.annotate(user_type=kind)
