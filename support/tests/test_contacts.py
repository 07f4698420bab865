"""My Contacts: by function, the company's own before everybody's, set by platform staff."""

import pytest
from django.db import IntegrityError

from accounts.models import AuditEntry
from accounts.sentences import changes, sentence
from support.models import Contact
from support.tests.factories import make_contact

F = Contact.Function


def shown(browser):
    return [row["contact"].name for row in browser.get("/contacts/").context["rows"]]


def test_own_contacts_come_before_those_of_all_partners(sign_in, northwind, rival):
    make_contact(F.BILLING, name="Billing of all")
    make_contact(F.SUPPORT, name="Support of all")
    make_contact(F.SUPPORT, name="Nina", partner=northwind, email="", phone="0800 555 0148")
    make_contact(F.ACCOUNT_MANAGER, name="Rolf", partner=rival)

    assert shown(sign_in("ben")) == ["Nina", "Billing of all"]
    assert shown(sign_in("rita")) == ["Rolf", "Support of all", "Billing of all"]


def test_a_card_says_how_to_reach_somebody_and_when_in_which_zone(sign_in):
    make_contact(name="Leo Hart", phone="0800 555 0148", hours="Monday to Friday, 09:00 to 17:30",
                 time_zone="America/Denver")  # fmt: skip

    page = sign_in("cora").get("/contacts/").content.decode()

    assert 'href="mailto:leo@portico.example"' in page
    assert 'href="tel:08005550148"' in page
    assert "Monday to Friday, 09:00 to 17:30, America/Denver" in page
    assert "There it is" in page


def test_without_contacts_the_page_says_what_to_do(sign_in):
    assert b"Nobody is named yet" in sign_in("ada").get("/contacts/").content


def test_staff_sets_contacts_and_it_is_noted_for_the_partner(desk, northwind, sign_in):
    add = "/admin/support/contact/add/"
    values = {"partner": northwind.pk, "function": "SUPPORT", "name": "Nina", "email": "nina@portico.example",
              "phone": "", "hours": "", "time_zone": "Europe/Berlin"}  # fmt: skip

    desk.post(add, values)
    twice = desk.post(add, values)
    unreachable = desk.post(add, values | {"function": "BILLING", "email": ""})
    nowhere = desk.post(add, values | {"function": "BILLING", "time_zone": "Mars/Olympus"})
    contact = Contact.objects.get()
    desk.post(f"/admin/support/contact/{contact.pk}/change/", values | {"name": "Nora"})
    desk.post(f"/admin/support/contact/{contact.pk}/delete/", {"post": "yes"})

    assert b"There is a contact for this function already" in twice.content
    assert b"Enter an email address or a phone number." in unreachable.content
    assert b"Choose a time zone" in nowhere.content
    assert not Contact.objects.exists()
    assert [sentence(entry) for entry in AuditEntry.objects.filter(chain__partner=northwind).order_by("number")] == [
        "set the contact Support: Nina for Northwind IT", "changed the contact Support: Nora for Northwind IT",
        "removed the contact Support: Nora for Northwind IT",
    ]  # fmt: skip


def test_the_log_says_what_was_changed_and_a_contact_that_moves_is_missed_where_it_was(desk, northwind, rival):
    contact = make_contact(name="Nina", partner=northwind, phone="1")
    values = {"partner": northwind.pk, "function": "SUPPORT", "name": "Nina", "email": "n@portico.example",
              "phone": "2", "hours": "", "time_zone": "UTC"}  # fmt: skip

    for partner in (northwind, northwind, rival):
        desk.post(f"/admin/support/contact/{contact.pk}/change/", values | {"partner": partner.pk})

    def log(partner):
        entries = AuditEntry.objects.filter(chain__partner=partner, action__startswith="contact.").order_by("number")
        return [(sentence(entry), changes(entry)) for entry in entries]

    assert log(northwind) == [
        ("changed the contact Support: Nina for Northwind IT",
         ["email: leo@portico.example → n@portico.example", "phone: 1 → 2"]),
        ("removed the contact Support: Nina for Northwind IT", []),
    ]  # fmt: skip
    assert log(rival) == [("set the contact Support: Nina for Rival Systems", [])]


def test_a_default_and_its_double_cannot_both_be(db):
    make_contact(F.SUPPORT)

    with pytest.raises(IntegrityError):
        make_contact(F.SUPPORT, name="Another")
