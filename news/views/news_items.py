"""News as partners' people read it: all of it, and one item."""

from datetime import datetime
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import PartnerRequest, partner_page
from accounts.models import Membership
from accounts.roles import Can
from news.actions.news_items import mark_read
from news.models import NewsItem
from news.models.news_item import NewsItemQuerySet
from notifications.markdown import as_html

PAGE_SIZE = 20


def news_of(membership: Membership, now: datetime) -> NewsItemQuerySet:
    """Return what the member can read at ``now``, newest first, each with ``is_unread``."""
    return NewsItem.objects.visible_to(membership).published(now).with_unread(membership).newest_first()


@partner_page(Can.SEE_DASHBOARD)
def news_list(request: PartnerRequest) -> HttpResponse:
    """List all news, newest first, a page at a time; a fixed number of queries."""
    page = Paginator(news_of(request.membership, timezone.now()), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "news/news_list.html", {"page_obj": page})


@partner_page(Can.SEE_DASHBOARD)
@require_safe
def news_detail(request: PartnerRequest, news_uuid: UUID) -> HttpResponse:
    """Show one item, which from then on counts as read by this person."""
    now = timezone.now()
    item = get_object_or_404(news_of(request.membership, now), uuid=news_uuid)
    if item.is_unread:
        mark_read(item=item, user=request.user, now=now)
    return render(request, "news/news_detail.html", {"item": item, "html": as_html(item.body)})
