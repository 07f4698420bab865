"""Addresses of My Contacts and Support."""

from django.urls import path

from support.views import attachments, contacts, ticket_changes, ticket_list, tickets

app_name = "support"
urlpatterns = [
    path("contacts/", contacts.contact_list, name="contact_list"),
    path("support/", ticket_list.ticket_list, name="ticket_list"),
    path("support/new/", tickets.ticket_create, name="ticket_create"),
    path("support/<uuid:ticket_uuid>/", tickets.ticket_detail, name="ticket_detail"),
    path("support/<uuid:ticket_uuid>/close/", ticket_changes.ticket_close, name="ticket_close"),
    path("support/<uuid:ticket_uuid>/people/add/", ticket_changes.watcher_add, name="watcher_add"),
    path(
        "support/<uuid:ticket_uuid>/people/<uuid:watcher_uuid>/remove/",
        ticket_changes.watcher_remove,
        name="watcher_remove",
    ),
    path(
        "support/<uuid:ticket_uuid>/files/<uuid:attachment_uuid>/",
        attachments.attachment_download,
        name="attachment_download",
    ),
]
