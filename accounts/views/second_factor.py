"""Setting up a second factor, step by step, and looking after it later."""

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal import flows as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import second_factor, sign_ins
from accounts.access import own_page

_SHOW_CODES = "recovery_codes_may_be_shown"


def _before_second_factor(view):
    view = own_page(view)
    view.opens_before_second_factor = True
    return view


@own_page
def second_factor_detail(request: HttpRequest) -> HttpResponse:
    """Show what the person has, and what may be added or removed."""
    mine = Authenticator.objects.filter(user=request.user).order_by("created_at")
    codes = next((one for one in mine if one.type == Authenticator.Type.RECOVERY_CODES), None)
    return render(
        request,
        "accounts/second_factor_detail.html",
        {
            "app": next((one for one in mine if one.type == Authenticator.Type.TOTP), None),
            "passkeys": [one for one in mine if one.type == Authenticator.Type.WEBAUTHN],
            "codes_left": len(codes.wrap().get_unused_codes()) if codes else None,
            "is_required": second_factor.is_required_for(request.user),
        },
    )


@_before_second_factor
def second_factor_setup(request: HttpRequest) -> HttpResponse:
    """First step of the wizard: choose between app and passkey. Whoever has one is past it."""
    if second_factor.is_set_up(request.user):
        return redirect("accounts:second_factor_detail")
    return render(request, "accounts/second_factor_setup.html", {"is_required": _must_have_one(request)})


def _must_have_one(request: HttpRequest) -> bool:
    return second_factor.is_required(request.user, request.membership)


class _FirstSetUp:
    """A set-up that follows right after signing in needs no second proof of the password."""

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not second_factor.is_set_up(request.user) and not did_recently_reauthenticate(request):
            record_authentication(request, request.user, method="password", reauthenticated=True)
        return super().dispatch(request, *args, **kwargs)

    @transaction.atomic
    def form_valid(self, form) -> HttpResponse:
        response = super().form_valid(form)
        sign_ins.record_own(self.request.user, "second_factor.added", details={"type": self.factor})
        return response

    def get_success_url(self) -> str:
        # Whoever set it up in this session has just proved it.
        record_authentication(self.request, self.request.user, method="mfa", type="set-up")
        if self.did_generate_recovery_codes:
            self.request.session[_SHOW_CODES] = True
            return reverse("accounts:recovery_codes")
        return reverse("accounts:second_factor_detail")


class AppSetUp(_FirstSetUp, totp.ActivateTOTPView):
    factor = Authenticator.Type.TOTP.value
    template_name = "accounts/second_factor_app.html"

    def get_context_data(self, **kwargs) -> dict:
        context = super().get_context_data(**kwargs)
        secret = context["form"].secret
        context["secret_in_groups"] = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
        return context


class PasskeySetUp(_FirstSetUp, webauthn.AddWebAuthnView):
    factor = Authenticator.Type.WEBAUTHN.value
    template_name = "accounts/second_factor_passkey.html"


class AppRemoval(totp.DeactivateTOTPView):
    template_name = "accounts/second_factor_app_remove.html"
    success_url = reverse_lazy("accounts:second_factor_detail")


class PasskeyRemoval(webauthn.RemoveWebAuthnView):
    template_name = "accounts/second_factor_passkey_remove.html"
    success_url = reverse_lazy("accounts:second_factor_detail")

    def get_object(self, queryset=None) -> Authenticator:
        found = super().get_object(queryset)
        if self.request.method == "POST" and not get_adapter().can_delete_authenticator(found):
            raise Http404
        return found


@own_page
@never_cache
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Show the codes, once, right after they were made."""
    if not request.session.get(_SHOW_CODES):
        return redirect("accounts:second_factor_detail")
    codes = Authenticator.objects.filter(user=request.user, type=Authenticator.Type.RECOVERY_CODES).first()
    if codes is None:
        raise Http404
    return render(
        request, "accounts/recovery_codes.html", {"codes": codes.wrap().get_unused_codes(), "home": reverse("home")}
    )


@own_page
@never_cache
def recovery_codes_download(request: HttpRequest) -> HttpResponse:
    """Hand the codes out as a text file, as long as they may be shown."""
    if not request.session.get(_SHOW_CODES):
        raise Http404
    codes = Authenticator.objects.filter(user=request.user, type=Authenticator.Type.RECOVERY_CODES).first()
    if codes is None:
        raise Http404
    lines = [
        f"Recovery codes of {request.user.email} for Portico",
        "Each works once.",
        "",
        *codes.wrap().get_unused_codes(),
    ]
    response = HttpResponse("\r\n".join(lines) + "\r\n", content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="portico-recovery-codes.txt"'
    return response


@own_page
@require_POST
def recovery_codes_kept(request: HttpRequest) -> HttpResponse:
    """The person has the codes: they are not shown again."""
    request.session.pop(_SHOW_CODES, None)
    return redirect("home")


@own_page
@require_POST
@reauthentication_required(app="allauth.mfa")
def recovery_codes_renew(request: HttpRequest) -> HttpResponse:
    """Make new codes; the old ones stop working."""
    if not recovery.can_generate_recovery_codes(request.user):
        raise Http404
    with transaction.atomic():
        recovery.generate_recovery_codes(request)
        sign_ins.record_own(request.user, "recovery_codes.made")
    request.session[_SHOW_CODES] = True
    return redirect("accounts:recovery_codes")


app_set_up = _before_second_factor(AppSetUp.as_view())
passkey_set_up = _before_second_factor(PasskeySetUp.as_view())
# One transaction, so that the change and its entry in the audit log happen together or not at all.
app_removal = own_page(transaction.atomic(AppRemoval.as_view()))
passkey_removal = own_page(transaction.atomic(PasskeyRemoval.as_view()))
