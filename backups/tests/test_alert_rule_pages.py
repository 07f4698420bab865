"""Settings, Alerts, and the pages of incidents: who may, what is kept while typing, what is listed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, Membership
from backups.actions.alert_rules import delete_alert_rule
from backups.tests.runs_made import queries_of
from notifications.models import WebhookEndpoint
from notifications.tests.test_webhooks import make_endpoint
from organizations.models import AlertRule, Incident
from organizations.tests.factories import make_organization

pytestmark = pytest.mark.django_db
LIST, INCIDENTS = "/settings/alerts/", "/incidents/"


def typed(cast, **changes):
    return {
        "name": "A day", "is_on": "on", "covers": "all", "what": "OVERDUE", "hours": "24", "at_least": "1",
        "members": [cast["ben"].pk], "addresses": "desk@northwind.example\nDESK@northwind.example",
    } | changes  # fmt: skip


def incident(organization, **fields):
    now = timezone.now()
    values = {"kind": "OVERDUE", "what": "no good backup for a day", "since": now - timedelta(days=2), "began_at": now}
    return Incident.objects.create(organization=organization, **values | fields)


def test_a_rule_is_added_changed_and_deleted(sign_in, cast, bolt, northwind):
    ada, hooks = sign_in("ada"), make_endpoint(northwind, 1, events=["incident.opened"])

    added = ada.post(LIST + "new/", typed(cast, endpoints=[hooks.pk]), follow=True).content.decode()
    rule = AlertRule.objects.get()
    assert "No good backup for more than 24 hours" in added
    assert (rule.covers_all, rule.addresses, list(rule.members.all())) == (
        True, ["desk@northwind.example"], [cast["ben"]],
    )  # fmt: skip
    assert list(rule.endpoints.all()) == [hooks]

    edit = f"{LIST}{rule.uuid}/"
    assert 'value="A day"' in ada.get(edit).content.decode()
    changed = typed(cast, covers="chosen", organizations=[bolt.uuid], what="FAILURES", reasons=["ACCESS"])
    ada.post(edit, changed | {"revision": rule.revision})
    rule.refresh_from_db()
    assert (rule.covers_all, list(rule.organizations.all()), rule.reasons) == (False, [bolt], ["ACCESS"])

    assert "Delete the alert rule" in ada.get(f"{edit}delete/").content.decode()
    ada.post(f"{edit}delete/")
    delete_alert_rule(rule=rule, actor=cast["ada"].user, now=timezone.now())
    assert not AlertRule.objects.exists()
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "alert_rule.created", "alert_rule.edited", "alert_rule.deleted",
    ]  # fmt: skip


def test_the_second_to_save_is_told_and_undoes_nothing(sign_in, cast):
    ada = sign_in("ada")
    ada.post(LIST + "new/", typed(cast))
    rule = AlertRule.objects.get()
    shown = typed(cast, revision=rule.revision)

    ada.post(f"{LIST}{rule.uuid}/", shown | {"hours": "48"})
    second = ada.post(f"{LIST}{rule.uuid}/", shown | {"name": "Another name"})

    rule.refresh_from_db()
    assert (second.status_code, rule.hours, rule.name) == (422, 48, "A day")
    assert "Somebody else changed this alert rule" in second.content.decode()


def test_whoever_is_not_told_at_present_stays_in_the_rule(sign_in, cast, northwind):
    ada, hooks = sign_in("ada"), make_endpoint(northwind, 1, events=["incident.opened"])
    ada.post(LIST + "new/", typed(cast, endpoints=[hooks.pk]))
    rule = AlertRule.objects.get()
    Membership.objects.filter(pk=cast["ben"].pk).update(products=[])
    WebhookEndpoint.objects.update(events=["run.failed"])

    page = ada.get(f"{LIST}{rule.uuid}/").content.decode()
    ada.post(f"{LIST}{rule.uuid}/", typed(cast, name="Renamed", endpoints=[hooks.pk], revision=rule.revision))

    rule.refresh_from_db()
    assert "Ben Okafor (ben.okafor@example.com), not told at present" in page
    assert (rule.name, list(rule.members.all()), list(rule.endpoints.all())) == ("Renamed", [cast["ben"]], [hooks])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"members": [], "addresses": ""}, "Nobody would be told"),
        ({"hours": "0"}, "Give a backup at least 1 hour"),
        ({"hours": "721"}, "less than or equal to 720"),
        ({"addresses": "not-an-address"}, "is not an email address"),
        ({"covers": "chosen"}, "Add at least one client"),
        ({"covers": "chosen", "new_client": "Nobody"}, "No client has this name"),
        ({"covers": "chosen", "new_client": "a"}, "Several clients fit"),
        ({"reasons": ["NONSENSE"], "what": "FAILURES"}, "not one of the available choices"),
        ({"name": ""}, "Enter name"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(sign_in, cast, acme, bolt, changes, words):
    answer = sign_in("ada").post(LIST + "new/", typed(cast, **changes))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert 'value="A day"' in page or "name" in changes
    assert not AlertRule.objects.exists()


def test_clients_are_added_and_removed_in_place(sign_in, cast, acme, bolt):
    ada = sign_in("ada")
    given = typed(cast, covers="chosen", new_client=acme.client_id, add_client="1", name="")

    page = ada.post(LIST + "new/", given).content.decode()
    assert f'name="organizations" value="{acme.uuid}"' in page
    # Nothing else is judged while clients are added.
    assert "Enter name" not in page
    given = typed(cast, covers="chosen", organizations=[acme.uuid, bolt.uuid], remove_client=str(acme.uuid))
    page = ada.post(LIST + "new/", given).content.decode()

    assert f'value="{bolt.uuid}"' in page
    assert f'name="organizations" value="{acme.uuid}"' not in page
    assert not AlertRule.objects.exists()
    # What is typed and not added yet is meant as well.
    ada.post(LIST + "new/", typed(cast, covers="chosen", new_client="bolt"))
    assert list(AlertRule.objects.get().organizations.all()) == [bolt]


def test_what_belongs_to_others_cannot_be_named(sign_in, cast, rival, acme):
    theirs, hooks = make_organization(rival, "Theirs"), make_endpoint(rival, 1, events=["incident.opened"])
    ada = sign_in("ada")

    for changes in (
        {"covers": "chosen", "organizations": [theirs.uuid]},
        {"covers": "chosen", "organizations": ["nonsense"]},
        {"covers": "chosen", "new_client": "Theirs"},
        {"members": [cast["rita"].pk]},
        {"members": [cast["otto"].pk]},
        {"members": [cast["cora"].pk]},
        {"endpoints": [hooks.pk]},
    ):
        answer = ada.post(LIST + "new/", typed(cast, **changes))
        assert answer.status_code == 422
        assert "Theirs" not in answer.content.decode().replace('value="Theirs"', "")

    assert not AlertRule.objects.exists()


def test_what_is_always_watched_is_shown_with_the_own_opt_out(sign_in):
    page = sign_in("ada").get(LIST).content.decode()

    assert "Always watched" in page
    assert "No alert rule of your own" in page
    assert "/account/newsletters/" in page


def test_lists_cost_the_same_questions_however_long(sign_in, cast, northwind, acme):
    ada, counts = sign_in("ada"), []
    for number in (1, 55):
        for index in range(number):
            rule = AlertRule.objects.create(
                partner=northwind, name=f"{number} {index}", what="OVERDUE", hours=24, created_at=timezone.now()
            )
            rule.members.add(cast["ben"])
            made = incident(acme, rule=rule, is_built_in=False, rule_name=rule.name)
            made.notices.create(moment="OPENED", channel="MAIL", to="ben@example.com", at=timezone.now())
        inside = f"{acme.get_absolute_url()}incidents/"
        counts.append([queries_of(ada, url) for url in (LIST, INCIDENTS, inside)])

    assert counts[0] == counts[1]
    assert "1 to 50 of 56" in ada.get(INCIDENTS).content.decode()


def test_incidents_are_filtered(sign_in, acme, bolt):
    incident(acme)
    incident(bolt, kind="NO_ACCESS", what="Microsoft 365 is not accessible")
    incident(bolt, ended_at=timezone.now(), ended_as="RECOVERED", what="an old story")
    ada = sign_in("ada")

    assert "An old story" in ada.get(INCIDENTS + "?show=past").content.decode()
    assert "An old story" not in ada.get(INCIDENTS).content.decode()
    only_bolt = ada.get(INCIDENTS + "?q=bolt").content.decode()
    assert "Bolt Bakery" in only_bolt
    assert "Acme Dental" not in only_bolt
    only_access = ada.get(INCIDENTS + "?kind=NO_ACCESS").content.decode()
    assert "Bolt Bakery" in only_access
    assert "Acme Dental" not in only_access
    assert "No incident fits" in ada.get(INCIDENTS + "?q=nobody").content.decode()
    assert ada.get(INCIDENTS + "?show=x&kind=y&page=z").status_code == 200


def test_a_technician_acknowledges_and_mutes_and_it_is_written_down(sign_in, acme):
    ben, one = sign_in("ben"), incident(acme)
    place = f"{INCIDENTS}{one.uuid}/"

    ben.post(f"{place}acknowledge/")
    ben.post(f"{place}acknowledge/")
    ben.post(f"{place}mute/", {"how_long": "nonsense"})
    ben.post(f"{place}mute/", {"how_long": "4h"})
    page = ben.get(place).content.decode()

    assert "Muted" in page
    assert "Ben Okafor" in page
    one.refresh_from_db()
    assert one.muted_until - one.muted_at == timedelta(hours=4)
    ben.post(f"{place}unmute/")
    one.refresh_from_db()
    assert one.muted_at is None
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "incident.acknowledged", "incident.muted", "incident.unmuted",
    ]  # fmt: skip


def test_the_clients_own_people_see_no_incidents(sign_in, acme):
    one = incident(acme)
    otto = sign_in("otto")

    pages = (INCIDENTS, f"{INCIDENTS}{one.uuid}/", f"{acme.get_absolute_url()}incidents/")
    assert {otto.get(url).status_code for url in pages} == {404}
    assert "Incidents" not in otto.get(acme.get_absolute_url()).content.decode()


@pytest.mark.parametrize("kind", Incident.Kind.values)
def test_every_kind_of_incident_has_its_pages(sign_in, acme, kind):
    one = incident(acme, kind=kind, what="", about=["it@acme.example"] if kind == "DIGEST" else [])
    ada = sign_in("ada")

    pages = [ada.get(url) for url in (INCIDENTS, f"{INCIDENTS}{one.uuid}/", f"{acme.get_absolute_url()}incidents/")]

    assert [page.status_code for page in pages] == [200, 200, 200]
    assert all(("it@acme.example" in page.content.decode()) == (kind == "DIGEST") for page in pages)


def test_what_is_not_muted_or_over_cannot_be_unmuted_and_no_other_alert_is(sign_in, cast, acme, northwind):
    now, until = timezone.now(), timezone.now() + timedelta(days=1)
    muted = {"muted_at": now, "muted_by": "Ada", "muted_until": until}
    built_in = incident(acme, **muted)
    # Its rule was deleted.
    orphan = incident(acme, is_built_in=False, rule_name="Old", **muted)
    ended = incident(acme, is_built_in=False, rule_name="Old", ended_at=now, ended_as="RECOVERED", **muted)
    ben = sign_in("ben")

    for one in (ended, orphan):
        ben.post(f"{INCIDENTS}{one.uuid}/unmute/")

    stands = {one.pk: one.muted_at is not None for one in Incident.objects.all()}
    assert stands == {built_in.pk: True, orphan.pk: False, ended.pk: False}
