"""The demo lives: days pass at its simulated tenants, and a few things fail on purpose."""

import threading
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from billing.actions.seats import day_of
from billing.actions.usage import seats_by_month
from news.models import NewsItem
from notifications.models import OutgoingEmail
from organizations.models import Policy
from organizations.tests.factories import make_connection, make_organization
from portal.demo_billing import furnish_billing
from portal.demo_news import furnish_news
from portal.demo_support import furnish_support
from portal.demo_trouble import WITH_DAMAGE, damaged_accounts, spoil
from portal.launcher.days import Days
from portal.launcher.up import _options
from portal.tasks import _decide_how_often
from support.tests.factories import make_staff

DEADLINE = 60


def test_the_demo_has_contacts_and_tickets_that_wait_for_each_side(cast, northwind, sign_in, noon):
    clients = [make_organization(northwind, f"Client {number}") for number in range(9)]
    people = {name.title(): cast[name].user for name in ("ada", "ben", "cora")}

    furnish_support(partner=northwind, people=people, clients=clients, staff=make_staff(), now=noon)

    assert len(sign_in("ben").get("/contacts/").context["rows"]) == 5
    states = {row.state for row in sign_in("ben").get("/support/?show=ALL").context["rows"]}
    assert states == {"Solved", "Open", "Waiting for support", "Waiting for partner"}


def test_the_demo_has_news_that_is_mailed_and_news_that_is_not(cast, sign_in):
    furnish_news(staff=make_staff(), now=timezone.now() - timedelta(minutes=1))

    page = sign_in("ben").get("/dashboard/").content.decode()

    assert page.count('class="news-item"') == 3
    assert NewsItem.objects.to_be_mailed(timezone.now()).count() == 1


def test_the_demo_has_a_year_of_invoices_and_mails_nobody_about_them(northwind, settings):
    settings.BILLING_SELLER = ("Portico Operations Ltd",)
    clients = [make_organization(northwind, name) for name in ("Acme Dental", "Maple Care Homes", "Umber Paints")]

    invoices = furnish_billing(partner=northwind, clients=clients, staff=make_staff(), now=timezone.now())

    trend = seats_by_month(northwind, day_of(timezone.now()))
    assert (len(invoices), len(trend.points), trend.today) == (12, 13 if day_of(timezone.now()).day > 1 else 12, 46)
    assert trend.points[0][1] < trend.today
    assert all(invoice.number and invoice.total for invoice in invoices)
    assert not OutgoingEmail.objects.exists()


@pytest.fixture
def simulated(microsoft, settings):
    settings.SIMULATOR_URL = microsoft.url
    return microsoft


def days_played(microsoft):
    return [tenant["days_played"] for tenant in microsoft.control("/tenants")]


def test_every_tenant_lives_day_after_day(microsoft):
    for name in ("Fjord Shipping", "Grange Farms"):
        microsoft.add_tenant(name)
    days, nap = Days(urlsplit(microsoft.url).port, 0.1), threading.Event()

    days.begin()
    for _ in range(DEADLINE * 10):
        if min(days_played(microsoft)) >= 2:
            break
        nap.wait(0.1)
    days.end()

    played = days_played(microsoft)
    assert min(played) >= 2
    assert max(played) - min(played) <= 1


def test_days_go_on_when_nobody_answers(capsys):
    days, nap = Days(1, 0.01), threading.Event()

    days.begin()
    for _ in range(DEADLINE * 10):
        nap.wait(0.1)
        if (said := capsys.readouterr().out).count("A working day was left out") >= 2:
            break
    days.end()

    assert "Connection refused" in said


def test_the_pace_of_days_is_chosen_or_switched_off(capsys):
    assert _options([]).pace == 240
    assert _options(["--pace", "0"]).pace == 0
    for nonsense in ("-1", "soon", "1.5", "99999999"):
        with pytest.raises(SystemExit):
            _options(["--pace", nonsense])
    assert "no whole number of seconds" in capsys.readouterr().err


def test_what_fails_is_told_once_however_often_it_is_asked_for(simulated):
    fjord, grange = (simulated.add_tenant(name) for name in ("Fjord Shipping", "Grange Farms"))
    simulated.add_tenant("Acme Dental")

    spoil()
    spoil()

    rules = simulated.control("/faults")
    assert {rule["match"]["tenant"] for rule in rules} == {fjord["id"], grange["id"]}
    assert len(rules) == 2
    refused = next(rule for rule in rules if rule["match"]["tenant"] == fjord["id"])
    assert fjord["admin_id"] not in refused["match"]["path"]


def test_the_accounts_with_damaged_content_are_known(simulated, acme):
    tenant = simulated.add_tenant("Acme Dental")
    connection = make_connection(acme, tenant["id"])

    assert damaged_accounts(connection) == {tenant["admin_id"], tenant["user_id"]}
    assert "Bolt Bakery" in WITH_DAMAGE


def test_a_few_clients_are_backed_up_every_hour(acme, northwind):
    dune = make_organization(northwind, "Dune Architects")

    for organization in (acme, dune):
        _decide_how_often(organization)

    assert {one.organization.name: one.backup_every for one in Policy.objects.all()} == {
        "Acme Dental": 1,
        "Dune Architects": 8,
    }
