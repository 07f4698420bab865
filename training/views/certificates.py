"""A certificate for whoever has it, and the public page that says whether it is valid."""

from uuid import UUID

from allauth.core.internal import ratelimit
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import PartnerRequest, open_page, partner_page
from accounts.roles import Can
from training.certificate_pdf import certificate_pdf, letters_left_out
from training.models import Certificate
from training.models.certificate import day_everywhere

# More than anybody types; far too little for finding a link by trying.
_LIMITS = {"verify_certificate": "60/m/ip"}


@partner_page(Can.TAKE_TRAINING)
@require_safe
def certificate_detail(request: PartnerRequest, certificate_uuid: UUID) -> HttpResponse:
    """Show a certificate: the own one, or to Administrators one of a colleague."""
    visible = Certificate.objects.visible_to(request.membership).select_related("course")
    certificate = get_object_or_404(visible, uuid=certificate_uuid)
    context = {
        "certificate": certificate,
        "is_valid": certificate.is_valid(timezone.localdate()),
        "left_out": letters_left_out(certificate),
    }
    return render(request, "training/certificate_detail.html", context)


@partner_page(Can.TAKE_TRAINING)
@require_safe
def certificate_file(request: PartnerRequest, certificate_uuid: UUID) -> HttpResponse:
    """Hand the certificate out as PDF."""
    certificate = get_object_or_404(Certificate.objects.visible_to(request.membership), uuid=certificate_uuid)
    name = f"certificate-{certificate.number}.pdf"
    return HttpResponse(
        certificate_pdf(certificate),
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@open_page
@never_cache
@require_safe
def certificate_verify(request: HttpRequest, certificate_token: str) -> HttpResponse:
    """Say to anybody who has the link what the paper says and whether it holds; nothing else about the person."""
    if not ratelimit.consume(request, app="training", action="verify_certificate", config=_LIMITS, limit_get=True):
        return ratelimit.respond_429(request)
    certificate = Certificate.objects.filter(token=certificate_token[:32]).first()
    if certificate is None or certificate.token != certificate_token:
        raise Http404
    # Whoever looks may be far from where the person is: the last day counts until it is over everywhere.
    is_valid = certificate.is_valid(day_everywhere(timezone.now()))
    answer = render(request, "training/certificate_verify.html", {"certificate": certificate, "is_valid": is_valid})
    # Whoever is given the link may look; search engines are not given it.
    answer["X-Robots-Tag"] = "noindex"
    return answer
