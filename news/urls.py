"""Addresses of the news, below the dashboard they belong to."""

from django.urls import path

from news.views import news_items

app_name = "news"
urlpatterns = [
    path("dashboard/news/", news_items.news_list, name="news_list"),
    path("dashboard/news/<uuid:news_uuid>/", news_items.news_detail, name="news_detail"),
]
