"""Addresses of client organizations."""

from django.urls import path

from organizations.views import board, overview

app_name = "organizations"
urlpatterns = [
    path("organizations/", board.board, name="board"),
    path("organizations/<uuid:organization_uuid>/", overview.overview, name="overview"),
]
