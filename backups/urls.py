"""Addresses of backups, below those of the client they belong to."""

from django.urls import path

from backups.views import (
    accounts_report,
    alert_rules,
    browse,
    coverage,
    deletion_decisions,
    deletion_requests,
    deletions,
    digests,
    export_changes,
    export_drafts,
    exports,
    failures,
    legal_holds,
    previews,
    reports,
    restore_plans,
    restores,
    retention,
    run_changes,
    runs,
    search,
    stored,
)

_INSIDE = "organizations/<uuid:organization_uuid>/backups/"
_ACCOUNTS = "organizations/<uuid:organization_uuid>/accounts/report/"
_COVERAGE = "organizations/<uuid:organization_uuid>/coverage/"
_SEARCH = "organizations/<uuid:organization_uuid>/search/"
_PREVIEW = _SEARCH + "previews/<uuid:preview_uuid>/"
_RESTORES = "organizations/<uuid:organization_uuid>/restores/"
_RESTORE = _RESTORES + "<uuid:restore_uuid>/"
_RUN = _INSIDE + "<uuid:run_uuid>/"
_FAILURES = "organizations/<uuid:organization_uuid>/reports/objects/"
_REPORTS = "organizations/<uuid:organization_uuid>/reports/containers/"
_DIGESTS = "organizations/<uuid:organization_uuid>/settings/notifications/digests/"
_DIGEST = _DIGESTS + "<uuid:digest_uuid>/"
_EXPORTS = "organizations/<uuid:organization_uuid>/exports/"
_EXPORT = _EXPORTS + "<uuid:export_uuid>/"
_SETTINGS = "organizations/<uuid:organization_uuid>/settings/"
_RETENTION = _SETTINGS + "retention/"
_HOLDS = _RETENTION + "holds/"
_DELETIONS = _SETTINGS + "delete-data/"
_DELETION = _DELETIONS + "<uuid:deletion_uuid>/"
_ALERTS = "settings/alerts/"
_ALERT = _ALERTS + "<uuid:alert_rule_uuid>/"

app_name = "backups"
urlpatterns = [
    path(_ALERTS, alert_rules.alert_rule_list, name="alert_rule_list"),
    path(_ALERTS + "new/", alert_rules.alert_rule_create, name="alert_rule_create"),
    path(_ALERT, alert_rules.alert_rule_edit, name="alert_rule_edit"),
    path(_ALERT + "delete/", alert_rules.alert_rule_delete, name="alert_rule_delete"),
    path(_INSIDE, runs.run_list, name="run_list"),
    path(_INSIDE + "recent/", runs.run_recent, name="run_recent"),
    path(_INSIDE + "stored/", stored.stored, name="stored"),
    path(_INSIDE + "start/", run_changes.run_start, name="run_start"),
    path(_RUN, runs.run_detail, name="run_detail"),
    path(_RUN + "cancel/", run_changes.run_cancel, name="run_cancel"),
    path(_ACCOUNTS, accounts_report.accounts_report, name="accounts_report"),
    path(_ACCOUNTS + "file/", accounts_report.accounts_report_file, name="accounts_report_file"),
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
    path(_RESTORE + "confirm/", restore_plans.restore_confirm, name="restore_confirm"),
    path(_RESTORE + "pause/", restores.restore_pause, name="restore_pause"),
    path(_RESTORE + "resume/", restores.restore_resume, name="restore_resume"),
    path(_RESTORE + "cancel/", restores.restore_cancel, name="restore_cancel"),
    path(_RESTORE + "report/", restores.restore_report, name="restore_report"),
    path(_REPORTS, reports.report_list, name="report_list"),
    path(_REPORTS + "generate/", reports.report_generate, name="report_generate"),
    path(_REPORTS + "<uuid:report_uuid>/csv/", reports.report_export, name="report_export"),
    path(_FAILURES, failures.failure_list, name="failure_list"),
    path(_FAILURES + "csv/", failures.failure_export, name="failure_export"),
    path(_FAILURES + "change/", failures.failure_change, name="failure_change"),
    path(_DIGESTS, digests.digest_list, name="digest_list"),
    path(_DIGESTS + "recent/", digests.digest_recent, name="digest_recent"),
    path(_DIGESTS + "preview/", digests.digest_preview, name="digest_preview"),
    path(_DIGESTS + "preview/frame/", digests.digest_preview_frame, name="digest_preview_frame"),
    path(_DIGESTS + "test/", digests.digest_test, name="digest_test"),
    path(_DIGEST, digests.digest_detail, name="digest_detail"),
    path(_DIGEST + "frame/", digests.digest_frame, name="digest_frame"),
    path(_EXPORTS, exports.export_list, name="export_list"),
    path(_EXPORTS + "start/", export_changes.export_start, name="export_start"),
    path(_EXPORTS + "select/", export_drafts.export_select, name="export_select"),
    path(_EXPORTS + "object/", export_drafts.object_download, name="object_download"),
    path(_EXPORT, exports.export_detail, name="export_detail"),
    path(_EXPORT + "cancel/", export_changes.export_cancel, name="export_cancel"),
    path("retention/", retention.retention_board, name="retention_board"),
    path(_RETENTION, retention.retention, name="retention"),
    path(_RETENTION + "take-back/", retention.retention_take_back, name="retention_take_back"),
    path(_RETENTION + "resume/", retention.retention_resume, name="retention_resume"),
    path(_HOLDS + "choose/", legal_holds.hold_choose, name="hold_choose"),
    path(_HOLDS + "new/", legal_holds.hold_place, name="hold_place"),
    path(_HOLDS + "<uuid:hold_uuid>/lift/", legal_holds.hold_lift, name="hold_lift"),
    path("deletions/", deletions.deletion_board, name="deletion_board"),
    path(_DELETIONS, deletions.deletion_list, name="deletion_list"),
    path(_DELETIONS + "choose/", deletion_requests.deletion_choose, name="deletion_choose"),
    path(_DELETIONS + "new/", deletion_requests.deletion_request, name="deletion_request"),
    path(_DELETION, deletions.deletion_detail, name="deletion_detail"),
    path(_DELETION + "authorize/", deletion_decisions.deletion_authorize, name="deletion_authorize"),
    path(_DELETION + "decline/", deletion_decisions.deletion_decline, name="deletion_decline"),
    path(_DELETION + "cancel/", deletion_decisions.deletion_cancel, name="deletion_cancel"),
    path(_DELETION + "certificate/", deletions.deletion_certificate, name="deletion_certificate"),
    path(_DELETION + "certificate/file/", deletions.deletion_certificate_file, name="deletion_certificate_file"),
    path(_EXPORT + "<int:volume_number>/", exports.export_download, name="export_download"),
]
