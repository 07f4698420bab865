"""The few words templates have beside Django's own."""

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.stylesheet import stylesheet_url

register = template.Library()
register.simple_tag(stylesheet_url)


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """Draw an icon of the sprite; decoration, so a word has to stand beside it."""
    return format_html(
        '<svg class="icon{}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        f" {classes}" if classes else "",
        _sprite(),
        name,
    )


def _sprite() -> str:
    return static("icons.svg")


@register.filter
def initials(name: str) -> str:
    """Return the first letters of the first and the last word."""
    words = name.split()
    return (words[0][:1] + (words[-1][:1] if len(words) > 1 else "")).upper() if words else ""
