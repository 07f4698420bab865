"""What staff types when it writes news."""

from django import forms

from news.models import NewsItem


class NewsItemForm(forms.ModelForm):
    """One item. Either it is for all partners, or some are chosen."""

    class Meta:
        model = NewsItem
        fields = (
            "title", "summary", "body", "category", "publish_at", "is_for_all", "only_for", "is_mailed", "is_withdrawn",
        )  # fmt: skip
        widgets = {"summary": forms.Textarea(attrs={"rows": 2})}

    def clean(self) -> dict:
        """Refuse an item for nobody, and one for all partners that names some."""
        values = super().clean()
        if values.get("is_for_all") and values.get("only_for"):
            self.add_error("only_for", "It is for all partners. Take that off, or choose none here.")
        elif not values.get("is_for_all") and not values.get("only_for"):
            self.add_error("only_for", "Choose the partners it is for, or make it for all.")
        return values
