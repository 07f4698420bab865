"""Addresses of backups, below those of the client they belong to."""

from django.urls import path

from backups.views import browse, export_changes, exports, previews, run_changes, runs, search, stored

_INSIDE = "organizations/<uuid:organization_uuid>/backups/"
_SEARCH = "organizations/<uuid:organization_uuid>/search/"
_PREVIEW = _SEARCH + "previews/<uuid:preview_uuid>/"
_RUN = _INSIDE + "<uuid:run_uuid>/"
_EXPORTS = "organizations/<uuid:organization_uuid>/exports/"
_EXPORT = _EXPORTS + "<uuid:export_uuid>/"

app_name = "backups"
urlpatterns = [
    path(_INSIDE, runs.run_list, name="run_list"),
    path(_INSIDE + "recent/", runs.run_recent, name="run_recent"),
    path(_INSIDE + "stored/", stored.stored, name="stored"),
    path(_INSIDE + "start/", run_changes.run_start, name="run_start"),
    path(_RUN, runs.run_detail, name="run_detail"),
    path(_RUN + "cancel/", run_changes.run_cancel, name="run_cancel"),
    path(_SEARCH, search.search_page, name="search_page"),
    path(_SEARCH + "owners/", search.search_owners, name="search_owners"),
    path(_SEARCH + "browse/", browse.browse, name="browse"),
    path(_SEARCH + "previews/", previews.preview_open, name="preview_open"),
    path(_PREVIEW, previews.preview_detail, name="preview_detail"),
    path(_PREVIEW + "frame/", previews.preview_frame, name="preview_frame"),
    path(_EXPORTS, exports.export_list, name="export_list"),
    path(_EXPORTS + "start/", export_changes.export_start, name="export_start"),
    path(_EXPORTS + "select/", export_changes.export_select, name="export_select"),
    path(_EXPORT, exports.export_detail, name="export_detail"),
    path(_EXPORT + "cancel/", export_changes.export_cancel, name="export_cancel"),
    path(_EXPORT + "<int:volume_number>/", exports.export_download, name="export_download"),
]
