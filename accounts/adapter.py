"""allauth's few answers: who may come in at which door, what is said, what is mailed, how seeds are sealed."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

import sealing
from accounts import account_mail, second_factor, sign_ins
from accounts.doors import DOOR_KEY, Door, may_enter, remembered_door
from accounts.models import User
from accounts.reset_links import reset_link

_SEED = "second factor"

_SAID = {
    "account/messages/password_changed.txt": "Your password is changed.",
    "mfa/messages/totp_activated.txt": "The authenticator app is set up.",
    "mfa/messages/totp_deactivated.txt": "The authenticator app is removed.",
    "mfa/messages/webauthn_added.txt": "The passkey is added.",
    "mfa/messages/webauthn_removed.txt": "The passkey is removed.",
    "mfa/messages/recovery_codes_generated.txt": "You have new recovery codes; the old ones stopped working.",
}


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up is closed, each door admits its own people, and every mail goes through the outbox."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": (
            "This email address and password do not fit together here. Check both, or choose Forgotten."
        ),
        "too_many_login_attempts": (
            "There were too many wrong tries. Nothing was changed. Wait a while and try again; "
            "after ten wrong tries on one account it takes an hour."
        ),
        "rate_limited": "That was too many requests in a short time. Wait a minute and try again.",
        "incorrect_password": "That is not your password. Try again.",
        "enter_current_password": "That is not your present password. Try again.",
        "invalid_password_reset": "This link was used already or is older than 30 minutes. Ask for a new one.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Say no: people come in by invitation only."""
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Return the user, or None also where the password is right but the door is the wrong one."""
        user = super().authenticate(request, **credentials)
        if user is not None and not may_enter(user, door_of(request)):
            # Same answer, same work and same count as a wrong password: the door says nothing about accounts.
            ratelimit.consume(
                request,
                app="allauth.account",
                action="login_failed",
                key=self._get_login_attempts_cache_key(request, **credentials),
            )
            self.authentication_failed(request, **credentials)
            return None
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Note the failure, for the audit log and for the mail after a success that follows several."""
        sign_ins.note_failure(email=str(credentials.get("email", "")))

    def reauthenticate(self, user: User, password: str) -> bool:
        """Return whether ``password`` is the user's; allauth would look for a verified second address."""
        found = self.authenticate(self.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def pre_login(self, request: HttpRequest, user: User, **kwargs) -> HttpResponse | None:
        """Check the door once more, so that passkeys and codes cannot slip past it, and remember it."""
        door = door_of(request)
        if not may_enter(user, door):
            messages.error(request, self.error_messages["email_password_mismatch"])
            return HttpResponseRedirect(door.address)
        request.session[DOOR_KEY] = door.value
        return super().pre_login(request, user, **kwargs)

    def post_login(self, request: HttpRequest, user: User, **kwargs) -> HttpResponse:
        """Finish a sign-in: the tenth session, the mail about a new browser, the cookie that remembers the door."""
        response = super().post_login(request, user, **kwargs)
        sign_ins.note_success(request, response, user)
        return response

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Return the front page, which knows where each kind of person belongs."""
        return reverse("home")

    def add_message(self, request, level, message_template=None, message_context=None, extra_tags="", message=None):
        """Say only what helps: signing in and out needs no announcement."""
        text = str(message) if message else _SAID.get(message_template or "", "")
        if text:
            messages.add_message(request, level, text, extra_tags=extra_tags)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Hand allauth's mails to ours."""
        account_mail.send(template_prefix, to=email, context=context, request=self.request)

    def send_notification_mail(self, template_prefix: str, user: User, context=None, email=None) -> None:
        """Tell a person about a change of the own account."""
        account_mail.send(
            template_prefix, to=user.email, context={"user": user, **(context or {})}, request=self.request
        )

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the link of a reset mail, built from our own address and never from the request's host."""
        return reset_link(key, door=door_of(self.request))


class SecondFactorAdapter(DefaultMFAAdapter):
    """Seeds are sealed at rest; nobody who must have a second factor can be without one."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "This code does not fit. Codes change every 30 seconds and work once; try the next one.",
        "cannot_delete_authenticator": "You need at least one. Set up another first, then remove this one.",
    }

    def encrypt(self, text: str) -> str:
        """Return ``text`` sealed; allauth's own answer would store it in the clear."""
        return sealing.seal(text, purpose=_SEED)

    def decrypt(self, encrypted_text: str) -> str:
        """Return what was sealed. Raises `sealing.CannotUnseal`."""
        return sealing.unseal(encrypted_text, purpose=_SEED)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Return whether something remains, where a second factor is mandatory."""
        real = Authenticator.objects.filter(user=authenticator.user).exclude(type=Authenticator.Type.RECOVERY_CODES)
        others = real.exclude(pk=authenticator.pk).exists()
        return others or not second_factor.is_required_for(authenticator.user)

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        """Return a name that tells passkeys apart."""
        return f"Passkey {Authenticator.objects.filter(user=user, type=type).count() + 1}"


def door_of(request: HttpRequest) -> Door:
    """Return the door of the page being served, or the one this browser used last."""
    return getattr(request, "door", None) or remembered_door(request)
