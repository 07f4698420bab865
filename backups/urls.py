"""Addresses of backups, below those of the client they belong to."""

from django.urls import path

from backups.views import run_changes, runs, stored

_INSIDE = "organizations/<uuid:organization_uuid>/backups/"
_RUN = _INSIDE + "<uuid:run_uuid>/"

app_name = "backups"
urlpatterns = [
    path(_INSIDE, runs.run_list, name="run_list"),
    path(_INSIDE + "recent/", runs.run_recent, name="run_recent"),
    path(_INSIDE + "stored/", stored.stored, name="stored"),
    path(_INSIDE + "start/", run_changes.run_start, name="run_start"),
    path(_RUN, runs.run_detail, name="run_detail"),
    path(_RUN + "cancel/", run_changes.run_cancel, name="run_cancel"),
]
