"""Where Stripe tells what happened. Whoever cannot sign like Stripe learns nothing here and changes nothing."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.access import open_page
from billing.actions.stripe_events import take_event
from billing.cards import NotFromStripe, event_of

# The largest events of Stripe's are some ten kilobytes.
BYTES_AT_MOST = 256 * 1024


@csrf_exempt
@open_page
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """Take one event. Answers 200 also for what nobody listens to, so that Stripe does not send it again."""
    if not settings.STRIPE_WEBHOOK_SECRET:
        raise Http404
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > BYTES_AT_MOST:
        return HttpResponse(status=413)
    if request.content_type != "application/json":
        return HttpResponse(status=400)
    try:
        event = event_of(request.body, request.headers.get("Stripe-Signature", ""))
    except NotFromStripe:
        return HttpResponse(status=400)
    take_event(event, now=timezone.now())
    return HttpResponse(status=200)
