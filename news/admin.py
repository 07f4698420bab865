"""News as platform staff writes it. Nothing is deleted: what should not have been said is withdrawn."""

from django.contrib import admin
from django.utils import timezone

from news.actions.news_items import save_news_item
from news.forms.news_items import NewsItemForm
from news.models import NewsItem


@admin.register(NewsItem)
class NewsItemAdmin(admin.ModelAdmin):
    """All news, the newest first, with how far its mails are."""

    form = NewsItemForm
    list_display = ("title", "category", "publish_at", "is_for_all", "mails", "is_withdrawn")
    list_filter = ("category", "is_withdrawn", "is_mailed")
    search_fields = ("title", "summary")
    ordering = ("-publish_at", "-id")
    filter_horizontal = ("only_for",)
    show_full_result_count = False

    @admin.display(description="Mails")
    def mails(self, item: NewsItem) -> str:
        if item.mailed_at:
            return "sent"
        if not item.is_mailed:
            return "none"
        return "on their way" if item.mailed_up_to else "wait"

    def save_model(self, request, obj, form, change) -> None:
        only_for = form.cleaned_data["only_for"]
        save_news_item(item=obj, only_for=only_for, actor=request.user, now=timezone.now())

    def has_delete_permission(self, request, obj=None) -> bool:
        return False
