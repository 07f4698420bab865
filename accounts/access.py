"""The gate: may you do this?

`partner_page` and `organization_page` open a view to members who hold a right, `own_page` to everybody who is
signed in, `open_page` to anyone. Each leaves ``opens_with`` on the view, which is how a test finds the one without.
What a member may *see* is not decided here: look rows up with ``visible_to()``.
"""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from accounts.models import Membership, User
from accounts.roles import Can, Role

View = Callable[..., HttpResponse]


class PartnerRequest(HttpRequest):
    """A request behind the gate: somebody is signed in and acts under a membership."""

    user: User
    membership: Membership


class MayNot(PermissionDenied):
    """The right is missing; the message says which one and who can give it."""


def check(membership: Membership, permission: Can) -> None:
    """Raise `MayNot` unless ``membership`` holds ``permission``."""
    if not membership.may(permission):
        who = "An Administrator of your company can change that."
        if permission == Can.SEE_INVOICES and membership.role == Role.ACCOUNTANT:
            who = "Billing is opened for each Accountant: an Administrator of your company can ask for it."
        raise MayNot(f"Your account may not {permission.value}. {who}")


def partner_page(permission: Can) -> Callable[[View], View]:
    """Open a view of the partner portal to the partner's own people who hold ``permission``.

    Organization users get 404: for them the portal does not exist.
    """
    return _guard(permission, lambda membership: membership.sees_every_organization)


def organization_page(permission: Can) -> Callable[[View], View]:
    """Open a view about one client to partner staff and to that organization's own users alike."""
    return _guard(permission, lambda membership: True)


def own_page(view: View) -> View:
    """Open a view about the person's own account to everybody who is signed in, platform staff included."""
    view.opens_with = Can.EDIT_OWN_ACCOUNT
    return view


def open_page(view: View) -> View:
    """Open a view to anyone, signed in or not."""
    view = login_not_required(view)
    view.opens_with = "ANYONE"
    return view


def takes_up_to(size: int) -> Callable[[View], View]:
    """Let a view's requests be ``size`` bytes long; larger ones are refused before anything of them is read.

    All other views take `settings.REQUEST_BYTES_AT_MOST`.
    """

    def decorate(view: View) -> View:
        view.takes_bytes = size
        return view

    return decorate


def _guard(permission: Can, belongs_here: Callable[[Membership], bool]) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: PartnerRequest, *args, **kwargs) -> HttpResponse:
            if request.membership is None or not belongs_here(request.membership):
                raise Http404
            check(request.membership, permission)
            return view(request, *args, **kwargs)

        guarded.opens_with = permission
        return guarded

    return decorate
