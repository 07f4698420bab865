"""The development inbox: what would have been mailed. Routed in development only."""

from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from notifications.models import OutgoingEmail

# Nothing of a mail may run or load anything, wherever its words came from.
_MAIL_POLICY = "sandbox allow-popups allow-top-navigation-by-user-activation; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"  # noqa: E501


def _in_development_only(view):
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not settings.IS_DEVELOPMENT:
            raise Http404
        return view(request, *args, **kwargs)

    guarded = login_not_required(guarded)
    guarded.opens_with = "ANYONE"
    return guarded


@_in_development_only
def mailbox(request: HttpRequest) -> HttpResponse:
    """List the newest mails."""
    page = Paginator(OutgoingEmail.objects.order_by("-created_at"), 50).get_page(request.GET.get("page"))
    return render(request, "notifications/mailbox.html", {"page_obj": page})


@_in_development_only
def mail(request: HttpRequest, mail_uuid: UUID) -> HttpResponse:
    """Show one mail with its headers, its text, and its HTML in a frame of its own."""
    row = get_object_or_404(OutgoingEmail, uuid=mail_uuid)
    return render(request, "notifications/mail.html", {"mail": row})


@_in_development_only
def mail_html(request: HttpRequest, mail_uuid: UUID) -> HttpResponse:
    """Answer the HTML part under a policy that lets it do nothing."""
    row = get_object_or_404(OutgoingEmail, uuid=mail_uuid)
    response = HttpResponse(row.html)
    response["Content-Security-Policy"] = _MAIL_POLICY
    response.xframe_options_exempt = True
    return response
