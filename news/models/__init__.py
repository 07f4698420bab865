"""The tables of `news`, one file per noun."""

from news.models.news_item import NewsItem
from news.models.reading import Reading

__all__ = ["NewsItem", "Reading"]
