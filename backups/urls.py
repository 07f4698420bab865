"""Addresses of backups, below those of the client they belong to."""

from django.urls import path

from backups.views import (
    browse,
    coverage,
    export_changes,
    export_drafts,
    exports,
    failures,
    previews,
    restore_plans,
    restores,
    run_changes,
    runs,
    search,
    stored,
)

_INSIDE = "organizations/<uuid:organization_uuid>/backups/"
_COVERAGE = "organizations/<uuid:organization_uuid>/coverage/"
_SEARCH = "organizations/<uuid:organization_uuid>/search/"
_PREVIEW = _SEARCH + "previews/<uuid:preview_uuid>/"
_RESTORES = "organizations/<uuid:organization_uuid>/restores/"
_RESTORE = _RESTORES + "<uuid:restore_uuid>/"
_RUN = _INSIDE + "<uuid:run_uuid>/"
_FAILURES = "organizations/<uuid:organization_uuid>/reports/objects/"
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
    path(_COVERAGE, coverage.coverage, name="coverage"),
    path(_COVERAGE + "csv/", coverage.coverage_export, name="coverage_export"),
    path(_SEARCH, search.search_page, name="search_page"),
    path(_SEARCH + "owners/", search.search_owners, name="search_owners"),
    path(_SEARCH + "export/", search.search_export, name="search_export"),
    path(_SEARCH + "browse/", browse.browse, name="browse"),
    path(_SEARCH + "previews/", previews.preview_open, name="preview_open"),
    path(_PREVIEW, previews.preview_detail, name="preview_detail"),
    path(_PREVIEW + "frame/", previews.preview_frame, name="preview_frame"),
    path(_RESTORES, restores.restore_list, name="restore_list"),
    path(_RESTORES + "recent/", restores.restore_recent, name="restore_recent"),
    path(_RESTORES + "plan/", restore_plans.restore_plan, name="restore_plan"),
    path(_RESTORE, restores.restore_detail, name="restore_detail"),
    path(_RESTORE + "forecast/", restore_plans.restore_forecast, name="restore_forecast"),
    path(_RESTORE + "start/", restore_plans.restore_start, name="restore_start"),
    path(_RESTORE + "pause/", restores.restore_pause, name="restore_pause"),
    path(_RESTORE + "resume/", restores.restore_resume, name="restore_resume"),
    path(_RESTORE + "cancel/", restores.restore_cancel, name="restore_cancel"),
    path(_RESTORE + "report/", restores.restore_report, name="restore_report"),
    path(_FAILURES, failures.failure_list, name="failure_list"),
    path(_FAILURES + "csv/", failures.failure_export, name="failure_export"),
    path(_FAILURES + "change/", failures.failure_change, name="failure_change"),
    path(_EXPORTS, exports.export_list, name="export_list"),
    path(_EXPORTS + "start/", export_changes.export_start, name="export_start"),
    path(_EXPORTS + "select/", export_drafts.export_select, name="export_select"),
    path(_EXPORTS + "object/", export_drafts.object_download, name="object_download"),
    path(_EXPORT, exports.export_detail, name="export_detail"),
    path(_EXPORT + "cancel/", export_changes.export_cancel, name="export_cancel"),
    path(_EXPORT + "<int:volume_number>/", exports.export_download, name="export_download"),
]
