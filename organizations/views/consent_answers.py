"""Where Microsoft sends the browser back to. Nothing that arrives here is believed; see `actions/consents.py`."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.access import PartnerRequest, partner_page
from accounts.roles import Can
from organizations.actions.consents import ConsentProblem, take_consent, take_sign_in
from organizations.models import Consent
from organizations.views.connections import SESSION_KEY


@never_cache
@partner_page(Can.CONNECT_SERVICE)
@require_GET
def consent_answer(request: PartnerRequest) -> HttpResponse:
    """Take the consent page's answer and go on to the sign-in that proves who gave it."""
    try:
        return redirect(take_consent(**_given(request)))
    except ConsentProblem as problem:
        return _refused(request, problem)


@never_cache
@partner_page(Can.CONNECT_SERVICE)
@require_GET
def consent_signed_in(request: PartnerRequest) -> HttpResponse:
    """Take the sign-in's code; a worker proves it while the Connection page waits."""
    try:
        consent = take_sign_in(**_given(request))
    except ConsentProblem as problem:
        return _refused(request, problem)
    return redirect("organizations:connection_detail", consent.organization.uuid)


def _given(request: PartnerRequest) -> dict:
    return {
        "consents": Consent.objects.visible_to(request.membership),
        "partner_id": request.membership.partner_id,
        "answer": request.GET.dict(),
        "session_secrets": request.session.get(SESSION_KEY, {}),
        "actor": request.user,
        "now": timezone.now(),
    }


def _refused(request: PartnerRequest, problem: ConsentProblem) -> HttpResponse:
    if problem.organization is not None:
        messages.error(request, str(problem))
        return redirect("organizations:connection_detail", problem.organization.uuid)
    return render(request, "organizations/consent_refused.html", {"problem": str(problem)}, status=400)
