"""The addresses of the simulators' site."""

from django.urls import path, re_path

from simulators.microsoft365.control import (
    consents,
    days,
    failures,
    home,
    journals,
    manifests,
    tenants,
    times,
)
from simulators.microsoft365.drives.graph.downloads import content
from simulators.microsoft365.drives.graph.upload_door import upload_view
from simulators.microsoft365.drives.manifest import drive_manifest, invitations
from simulators.microsoft365.graph.door import elsewhere, graph
from simulators.microsoft365.login import authorize, consent, metadata, token
from simulators.microsoft365.outlook.desk import mailbox_manifest, outbox
from simulators.microsoft365.outlook.imports import import_item
from simulators.microsoft365.outlook.uploads import upload
from simulators.microsoft365.teams.desk import team_manifest
from simulators.stripe import desk as stripe_desk
from simulators.stripe.door import api as stripe_api
from simulators.stripe.pages import pay

urlpatterns = [
    path("login/<str:tenant>/v2.0/adminconsent", consent.admin_consent_v2),
    path("login/<str:tenant>/adminconsent", consent.admin_consent_v1),
    path("login/<str:tenant>/oauth2/v2.0/authorize", authorize.authorize),
    path("login/<str:tenant>/oauth2/v2.0/token", token.token),
    path("login/<str:tenant>/v2.0/.well-known/openid-configuration", metadata.openid_configuration),
    path("login/<str:tenant>/discovery/v2.0/keys", metadata.published_keys),
    path("graph/v1.0/<path:path>", graph),
    re_path("^elsewhere/(?P<path>.*)$", elsewhere),
    path("sharepoint/content/<str:item>", content),
    path("sharepoint/uploads/<str:word>", upload_view),
    path("outlook/uploads/<str:token>", upload),
    path("outlook/imports/<str:token>", import_item),
    path("stripe/v1/<path:path>", stripe_api),
    path("stripe/pay/<str:session_id>", pay),
    path("_sim/stripe/events", stripe_desk.events),
    path("_sim/stripe/tell", stripe_desk.tell_again),
    path("_sim/stripe/objects", stripe_desk.objects),
    path("_sim/stripe/disputes", stripe_desk.dispute),
    path("_sim/", home.home),
    path("_sim/style.css", home.style),
    path("_sim/reset", times.reset),
    path("_sim/clock", times.clock_view),
    path("_sim/limits", times.limits),
    path("_sim/tenants", tenants.tenants),
    path("_sim/tenants/<uuid:tenant_id>", tenants.tenant),
    path("_sim/tenants/<uuid:tenant_id>/consent", consents.consent),
    path("_sim/tenants/<uuid:tenant_id>/mutate", days.mutate_view),
    path("_sim/tenants/<uuid:tenant_id>/day", days.day),
    path("_sim/tenants/<uuid:tenant_id>/moods", tenants.moods),
    path("_sim/tenants/<uuid:tenant_id>/manifest", manifests.manifest),
    path("_sim/tenants/<uuid:tenant_id>/manifest/drives", drive_manifest),
    path("_sim/tenants/<uuid:tenant_id>/invitations", invitations),
    path("_sim/tenants/<uuid:tenant_id>/outbox", outbox),
    path("_sim/tenants/<uuid:tenant_id>/manifest/outlook", mailbox_manifest),
    path("_sim/tenants/<uuid:tenant_id>/manifest/teams", team_manifest),
    path("_sim/faults", failures.faults_view),
    path("_sim/log", journals.log),
    path("_sim/routes", journals.routes),
    path("_sim/counters", journals.counters),
]
handler404 = "simulators.microsoft365.control.home.not_found"
