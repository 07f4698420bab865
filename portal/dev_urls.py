"""Pages that exist in development only: the inbox, and the demo people's second-factor codes."""

from django.urls import path

from notifications.views import mailbox
from portal.views import dev_codes

urlpatterns = [
    path("mailbox/", mailbox.mailbox, name="dev_mailbox"),
    path("mailbox/<uuid:mail_uuid>/", mailbox.mail, name="dev_mail"),
    path("mailbox/<uuid:mail_uuid>/html/", mailbox.mail_html, name="dev_mail_html"),
    path("codes/", dev_codes.codes, name="dev_codes"),
]
