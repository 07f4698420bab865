"""The two doors, and the pages between a door and the house. allauth underneath; ours are the door and the words."""

from collections.abc import Callable
from uuid import UUID

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.webauthn import views as webauthn
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.access import open_page, own_page
from accounts.doors import DOOR_COOKIE, Door, remembered_door
from accounts.models import Partner


class _AtADoor:
    """Tells the adapter which door a request knocks at."""

    door: Door

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        request.door = self.door
        return super().dispatch(request, *args, **kwargs)


class _SignIn(_AtADoor, account.LoginView):
    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(
            **kwargs,
            door=self.door,
            ended="ended" in self.request.GET,
            host=_host_of(self.request) if self.door is Door.ORGANIZATION else None,
        )


class PartnerSignIn(_SignIn):
    door = Door.PARTNER
    template_name = "accounts/sign_in_partner.html"


class OrganizationSignIn(_SignIn):
    door = Door.ORGANIZATION
    template_name = "accounts/sign_in_organization.html"


class _PasskeySignIn(_AtADoor, webauthn.LoginWebAuthnView):
    def form_invalid(self, form) -> HttpResponse:
        super().form_invalid(form)
        return HttpResponseRedirect(self.door.address)


class PartnerPasskeySignIn(_PasskeySignIn):
    door = Door.PARTNER


class OrganizationPasskeySignIn(_PasskeySignIn):
    door = Door.ORGANIZATION


class _LooksLikeTheDoor:
    """Gives a page between door and house the look of the door the person came to."""

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        named = request.GET.get("door")
        request.door = Door(named) if named in set(Door) else remembered_door(request)
        response = super().dispatch(request, *args, **kwargs)
        if named in set(Door) and request.method == "GET":
            response.set_cookie(DOOR_COOKIE, request.door.value, httponly=True, samesite="Lax")
        return response

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(**kwargs, door=self.request.door, host=_host_of(self.request))


class CodeAtSignIn(_LooksLikeTheDoor, mfa.AuthenticateView):
    template_name = "accounts/sign_in_code.html"


class ForgottenPassword(_LooksLikeTheDoor, account.PasswordResetView):
    template_name = "accounts/password_forgotten.html"


class ForgottenPasswordSent(_LooksLikeTheDoor, account.PasswordResetDoneView):
    template_name = "accounts/password_forgotten_sent.html"


class NewPassword(_LooksLikeTheDoor, account.PasswordResetFromKeyView):
    template_name = "accounts/password_new.html"


class NewPasswordDone(_LooksLikeTheDoor, account.PasswordResetFromKeyDoneView):
    template_name = "accounts/password_new_done.html"


class SignOut(account.LogoutView):
    """Signs out on POST; a GET asks first, so that no link elsewhere can end a session."""

    template_name = "accounts/sign_out.html"

    def get_redirect_url(self) -> str:
        return self.door_address

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        self.door_address = remembered_door(request).address
        return super().dispatch(request, *args, **kwargs)


class ConfirmPassword(account.ReauthenticateView):
    template_name = "accounts/confirm_password.html"


class ConfirmCode(mfa.ReauthenticateView):
    template_name = "accounts/confirm_code.html"


class ConfirmPasskey(webauthn.ReauthenticateWebAuthnView):
    template_name = "accounts/confirm_passkey.html"


def _host_of(request: HttpRequest) -> Partner | None:
    """Return the partner whose clients sign in with this browser, for the name on the organization's door."""
    named = request.GET.get("partner") or request.COOKIES.get(DOOR_COOKIE, "").partition(":")[2]
    try:
        return Partner.objects.filter(uuid=UUID(named), is_active=True).first()
    except ValueError:
        return None


def _open(view: type) -> Callable:
    return open_page(view.as_view())


def _own(view: type) -> Callable:
    page = own_page(view.as_view())
    page.opens_before_second_factor = view is SignOut
    return page


partner_sign_in = _open(PartnerSignIn)
organization_sign_in = _open(OrganizationSignIn)
partner_passkey = _open(PartnerPasskeySignIn)
organization_passkey = _open(OrganizationPasskeySignIn)
code_at_sign_in = _open(CodeAtSignIn)
forgotten_password = _open(ForgottenPassword)
forgotten_password_sent = _open(ForgottenPasswordSent)
new_password = open_page(transaction.atomic(NewPassword.as_view()))
new_password_done = _open(NewPasswordDone)
sign_out = _own(SignOut)
confirm_password = _own(ConfirmPassword)
confirm_code = _own(ConfirmCode)
confirm_passkey = _own(ConfirmPasskey)
