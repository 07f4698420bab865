"""Addresses of the API, version 1: read-only, opened by keys. What is not listed here does not exist."""

from django.urls import path

from backups.api import items, reports
from billing import api as billing
from organizations import api as clients
from portal.views import api_docs

urlpatterns = [
    path("client", clients.ClientList.as_view(), name="api_client_list"),
    path("client/users", items.UserOfEveryClientList.as_view(), name="api_user_of_every_client_list"),
    path("client/<uuid:client_uuid>", clients.ClientDetail.as_view(), name="api_client_detail"),
    path("client/<uuid:client_uuid>/backup_status", reports.BackupStatusList.as_view(), name="api_backup_status_list"),
    path("client/<uuid:client_uuid>/user", items.UserList.as_view(), name="api_user_list"),
    path("client/<uuid:client_uuid>/user/<uuid:item_uuid>", items.UserDetail.as_view(), name="api_user_detail"),
    path(
        "client/<uuid:client_uuid>/shared_resource", items.SharedResourceList.as_view(), name="api_shared_resource_list"
    ),
    path(
        "client/<uuid:client_uuid>/shared_resource/<uuid:item_uuid>",
        items.SharedResourceDetail.as_view(),
        name="api_shared_resource_detail",
    ),
    path("billing/usage/billable", billing.BillableUsage.as_view(), name="api_billable_usage"),
    path("schema/", api_docs.api_schema, name="api_schema"),
    path("docs/", api_docs.api_docs, name="api_docs"),
]
