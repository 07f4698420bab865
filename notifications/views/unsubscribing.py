"""Leaving a newsletter with one click, as RFC 8058 asks for."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from notifications import preferences
from notifications.models import EmailPreference
from notifications.unsubscribe import NotALink, read


@csrf_exempt  # RFC 8058 section 3.1: the mail program posts without a cookie; the signed link is the proof
@login_not_required
def unsubscribe(request: HttpRequest, unsubscribe_token: str) -> HttpResponse:
    """Ask on GET, since mail scanners open links; unsubscribe on POST."""
    try:
        user_id, category = read(unsubscribe_token)
        label = EmailPreference.Category(category).label
    except (NotALink, ValueError) as problem:
        raise Http404 from problem
    if request.method == "POST":
        everything = "everything" in request.POST
        preferences.unsubscribe_from(user_id=user_id, category=None if everything else category, at=timezone.now())
        return render(request, "notifications/unsubscribed.html", {"label": label, "everything": everything})
    return render(request, "notifications/unsubscribe.html", {"label": label})


unsubscribe.opens_with = "ANYONE"
