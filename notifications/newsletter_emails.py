"""The newsletter: one item of news as a mail, with one-click unsubscribing from its category (RFC 8058)."""

from notifications.delivery import deliver
from notifications.markdown import as_html


def newsletter(
    *, to: str, name: str, user_id: int, category: str, label: str, headline: str, summary: str, said: str,
    news_url: str, preferences_url: str, key: str,
) -> None:  # fmt: skip
    """Bring an item of news to somebody who gets newsletters of ``category``, called ``label``, once for its key.

    ``said`` is Markdown: the text part shows it as it was written, the other one what it means.
    """
    deliver(
        "newsletter",
        to=to,
        key=key,
        category=category,
        user_id=user_id,
        context={"name": name, "label": label, "headline": headline, "summary": summary, "said": said,
                 "said_html": as_html(said), "news_url": news_url, "preferences_url": preferences_url},
    )  # fmt: skip
