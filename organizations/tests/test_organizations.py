"""Creating a client and changing its record."""

import re
import threading

import pytest
from django.db import connection
from django.test import Client

from accounts.models import AuditEntry
from accounts.sentences import changes, sentence
from organizations.actions.organizations import NameTaken, create_organization, edit_organization
from organizations.models import Organization
from organizations.tests.factories import make_organization

NEW = "/organizations/new/"
FIELDS = (
    "name", "country", "subdivision", "address", "city", "postal_code", "phone", "billing_contact", "billing_email",
    "billing_phone",
)  # fmt: skip


def typed(**changed):
    return {
        "name": "Harbor Veterinary", "country": "GB", "subdivision": "GB-BST", "address": "12 Harbour Road",
        "city": "Bristol", "postal_code": "BS1 4RU", "phone": "+44 117 496 0000", "billing_contact": "Ray Diggs",
        "billing_email": "ray@harbor.example", "billing_phone": "", **changed,
    }  # fmt: skip


def edited(organization, **changed):
    """Return what a browser sends that was shown the record of ``organization`` and changed some fields."""
    shown = {name: getattr(organization, name) for name in FIELDS}
    return {**shown, **{f"initial-{name}": value for name, value in shown.items()}, **changed}


def url_of(organization):
    return f"{organization.get_absolute_url()}edit/"


def test_ada_creates_a_client_and_goes_on_to_connect_it(sign_in, northwind):
    answer = sign_in("ada").post(NEW, typed())

    harbor = Organization.objects.get(name="Harbor Veterinary")
    assert answer.url == f"/organizations/{harbor.uuid}/settings/connection/"
    assert {name: getattr(harbor, name) for name in FIELDS} == typed()
    assert (harbor.partner, harbor.connection_state, harbor.backup_status) == (northwind, "NOT_CONNECTED", "NONE")
    assert harbor.policy.mail
    assert (harbor.digest_setting.is_on, harbor.digest_setting.time_zone) == (False, northwind.time_zone)
    entry = AuditEntry.objects.get(action="organization.created")
    assert (entry.actor, entry.organization_id) == ("Ada Lindqvist", harbor.pk)
    assert sentence(entry) == "created the organization Harbor Veterinary"


@pytest.mark.parametrize(
    ("who", "status"), [("ada", 200), ("ben", 200), ("cora", 403), ("otto", 404), ("pia", 404), ("rita", 200)]
)
def test_who_may_open_the_form_of_a_new_client(sign_in, who, status):
    assert sign_in(who).get(NEW).status_code == status


@pytest.mark.parametrize(
    ("who", "status"), [("ada", 302), ("ben", 302), ("cora", 403), ("otto", 404), ("pia", 404), ("rita", 404)]
)
def test_who_may_change_the_record_of_acme(sign_in, acme, who, status):
    browser = sign_in(who)

    answer = browser.post(url_of(acme), edited(acme, city="Bristol"))

    acme.refresh_from_db()
    assert answer.status_code == status
    assert acme.city == ("Bristol" if status == 302 else "")
    assert browser.get(url_of(acme)).status_code == (200 if status == 302 else status)


def test_a_form_without_its_token_changes_nothing(sign_in, acme):
    browser = sign_in("ada", enforce_csrf_checks=True)

    answers = [browser.post(NEW, typed()), browser.post(url_of(acme), edited(acme, city="Bristol"))]

    acme.refresh_from_db()
    assert [answer.status_code for answer in answers] == [403, 403]
    assert (Organization.objects.count(), acme.city) == (2, "")


def test_the_form_says_whose_client_it_will_be_and_starts_in_the_partners_country(sign_in, northwind):
    northwind.country = "DE"
    northwind.save()

    page = sign_in("ada").get(NEW).content.decode()

    assert f'id="id_parent" value="{northwind.name}" readonly' in page
    assert f'id="id_parent_id" value="{northwind.uuid}" readonly' in page
    assert '<option value="DE" selected>Germany' in page
    assert '<option value="DE-BY">Bayern' in page


def test_nothing_typed_is_lost_when_something_is_wrong(sign_in):
    answer = sign_in("ada").post(NEW, typed(name="", billing_email="ray"))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Enter the organization’s name." in page
    assert "Enter a valid email address." in page
    for value in ("12 Harbour Road", "BS1 4RU", "Ray Diggs", 'value="GB-BST" selected', 'value="GB" selected'):
        assert value in page


@pytest.mark.parametrize("name", ["Acme Dental", "ACME DENTAL", "  acme dental "])
def test_a_partner_has_one_client_of_a_name(sign_in, acme, name):
    answer = sign_in("ada").post(NEW, typed(name=name))

    assert answer.status_code == 422
    assert f"Northwind IT already has an organization named {name.strip()}. Nothing was created." in (
        answer.content.decode()
    )
    assert Organization.objects.filter(name__iexact="acme dental").count() == 1
    assert not AuditEntry.objects.filter(action="organization.created").exists()


def test_a_rival_may_have_a_client_of_the_same_name(sign_in, acme, rival):
    assert sign_in("rita").post(NEW, typed(name="Acme Dental")).status_code == 302
    assert Organization.objects.filter(name="Acme Dental", partner=rival).exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_create_the_same_client_at_once_make_one(cast, northwind, noon):
    barrier, outcomes = threading.Barrier(2), []

    def create(name):
        barrier.wait()
        try:
            create_organization(partner=northwind, values={"name": name}, actor=cast["ada"].user, now=noon)
            outcomes.append("created")
        except NameTaken as problem:
            outcomes.append(str(problem).partition(" named")[0])
        finally:
            connection.close()

    threads = [threading.Thread(target=create, args=(name,)) for name in ("Harbor", "HARBOR")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["Northwind IT already has an organization", "created"]
    assert Organization.objects.filter(name__iexact="harbor").count() == 1


@pytest.mark.parametrize(
    ("country", "subdivision", "status"),
    [
        ("GB", "GB-BST", 302), ("GB", "", 302), ("", "", 302), ("MC", "", 302), ("AQ", "", 302),
        ("GB", "US-CA", 422), ("US", "GB-BST", 422), ("", "GB-BST", 422), ("AQ", "US-CA", 422), ("XX", "", 422),
        ("gb", "GB-BST", 422), ("GB", "nonsense", 422),
    ],
)  # fmt: skip
def test_a_state_belongs_to_its_country(sign_in, country, subdivision, status):
    answer = sign_in("ada").post(NEW, typed(country=country, subdivision=subdivision))

    assert answer.status_code == status
    assert Organization.objects.filter(country=country, subdivision=subdivision, city="Bristol").exists() == (
        status == 302
    )
    if status == 422:
        assert "from the list." in answer.content.decode()


@pytest.mark.parametrize(("country", "first"), [("US", "US-AL"), ("AQ", None), ("XX", None), ("a" * 3000, None)])
def test_the_states_follow_the_country_without_a_reload(sign_in, country, first):
    answer = sign_in("ada").get(NEW, {"country": country}, headers={"HX-Request": "true"})

    part = answer.content.decode()
    assert part.startswith('\n<div id="subdivision"')
    assert re.findall(r'<option value="([^"]+)"', part)[:1] == ([first] if first else [])
    assert (" hidden>" in part) == (first is None)


def test_without_script_a_button_brings_the_states_and_keeps_what_was_typed(sign_in, acme):
    browser = sign_in("ada")
    new = browser.post(NEW, typed(name="", country="US", subdivision="", other_country="1"))
    edit = browser.post(url_of(acme), edited(acme, city="Boston", country="US", other_country="1"))

    for answer in (new, edit):
        page = answer.content.decode()
        assert answer.status_code == 200
        assert '<option value="US-CA">California' in page
        assert "field-error" not in page
    assert 'value="12 Harbour Road"' in new.content.decode()
    assert 'value="Boston"' in edit.content.decode()
    assert '<input type="hidden" name="initial-city" id="initial-id_city"' in edit.content.decode()
    assert Organization.objects.count() == 2


MEANINGLESS = ("a\x00b", "x" * 10_000, "a\r\nBcc: everybody@example.com", "a\u202eb", "<script>alert(1)</script>\x1b")


@pytest.mark.parametrize("field", FIELDS)
def test_what_no_field_can_mean_is_refused_in_words(sign_in, acme, field):
    browser = sign_in("ada")

    for value in MEANINGLESS:
        new = browser.post(NEW, typed(**{field: value}))
        edit = browser.post(url_of(acme), edited(acme, **{field: value}))

        assert (new.status_code, edit.status_code) == (422, 422), value[:40]
        assert "field-error" in new.content.decode()
        assert "<script>alert" not in new.content.decode()

    acme.refresh_from_db()
    assert (Organization.objects.count(), acme.name, acme.city) == (2, "Acme Dental", "")


def test_fields_that_are_not_on_the_form_are_ignored(sign_in, rival, northwind):
    foreign = {"partner": rival.pk, "partner_id": rival.pk, "stored_bytes": 5, "connection_state": "CONNECTED"}

    sign_in("ada").post(NEW, typed(**foreign))

    harbor = Organization.objects.get(name="Harbor Veterinary")
    assert (harbor.partner, harbor.stored_bytes, harbor.connection_state) == (northwind, 0, "NOT_CONNECTED")


def test_an_edit_is_told_with_old_and_new_values(sign_in, acme):
    sign_in("ben").post(url_of(acme), edited(acme, name="Acme Dental Group", city="Bristol"))

    entry = AuditEntry.objects.get(action="organization.edited")
    assert (entry.actor, entry.organization_id) == ("Ben Okafor", acme.pk)
    assert set(changes(entry)) == {"name: Acme Dental → Acme Dental Group", "city: – → Bristol"}


def test_saving_what_is_there_already_leaves_no_trace(sign_in, acme):
    assert sign_in("ada").post(url_of(acme), edited(acme)).status_code == 302
    assert not AuditEntry.objects.filter(action="organization.edited").exists()


def test_two_who_change_different_fields_do_not_undo_each_other(sign_in, acme):
    adas, bens = edited(acme, city="Bristol"), edited(acme, phone="+44 117 496 0000")

    sign_in("ada").post(url_of(acme), adas)
    sign_in("ben").post(url_of(acme), bens)

    acme.refresh_from_db()
    assert (acme.city, acme.phone) == ("Bristol", "+44 117 496 0000")


def test_country_and_state_change_together(sign_in, northwind):
    pier = make_organization(northwind, "Pier", country="GB", subdivision="GB-BST")
    before = edited(pier)
    sign_in("ada").post(url_of(pier), {**before, "country": "US", "subdivision": "US-CA"})

    sign_in("ben").post(url_of(pier), {**before, "subdivision": "GB-LND"})

    pier.refresh_from_db()
    assert (pier.country, pier.subdivision) == ("GB", "GB-LND")


def test_a_value_can_be_taken_away_again(sign_in, northwind):
    pier = make_organization(northwind, "Pier", city="Bristol", billing_email="ray@pier.example")

    sign_in("ada").post(url_of(pier), edited(pier, city="", billing_email=""))

    pier.refresh_from_db()
    assert (pier.city, pier.billing_email) == ("", "")


def test_a_client_cannot_take_the_name_of_another(sign_in, acme, bolt):
    answer = sign_in("ada").post(url_of(acme), edited(acme, name="bolt bakery", city="Bristol"))

    acme.refresh_from_db()
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Northwind IT already has an organization named bolt bakery. Nothing was changed." in page
    assert 'value="Bristol"' in page
    assert (acme.name, acme.city) == ("Acme Dental", "")


def test_a_client_may_change_the_case_of_its_name(cast, acme, noon):
    edit_organization(organization=acme, values={"name": "ACME Dental"}, actor=cast["ada"].user, now=noon)

    acme.refresh_from_db()
    assert acme.name == "ACME Dental"


def test_a_stranger_is_sent_to_the_door(db, acme):
    assert Client().get(url_of(acme)).url.startswith("/login/")
