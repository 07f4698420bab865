"""The board: all clients of a partner, those in trouble first, and the rail beside it."""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db import connection
from django.utils import timezone

from organizations.models import Organization
from organizations.models.board import ORDERS, Show, figures_of, shown_on_board
from organizations.models.organization import ConnectionState
from organizations.tests.factories import make_connection, make_organization

BOARD = "/organizations/"


def make_client(partner, name, **figures):
    """Make a connected client whose row holds ``figures``."""
    organization = make_organization(partner, name)
    make_connection(organization)
    Organization.objects.filter(pk=organization.pk).update(**figures)
    organization.refresh_from_db()
    return organization


@pytest.fixture
def many(cast, northwind):
    """Acme and Bolt are not connected yet; these five are."""
    now = timezone.now()
    figures = {
        "Kestrel Surveying": {"backup_status": "FAILED", "last_good_at": now - timedelta(days=3, hours=4)},
        "Ironbridge Steel": {"connection_state": ConnectionState.ACCESS_LOST, "backup_status": "FAILED"},
        "Vale Logistics": {"backup_status": "PARTIAL", "last_good_at": now - timedelta(hours=27)},
        "Umber Paints": {"backup_status": "ONBOARDING"},
        "Rowan Legal": {"backup_status": "SUCCESS", "last_good_at": now - timedelta(hours=2)},
    }
    return {name: make_client(northwind, name, **values) for name, values in figures.items()}


def names_on(answer):
    return re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', answer.content.decode())


@pytest.mark.parametrize(
    ("who", "status"), [("ada", 200), ("ben", 200), ("cora", 403), ("otto", 404), ("pia", 404), ("rita", 200)]
)
def test_the_board_is_for_partner_staff_with_the_product(sign_in, who, status):
    assert sign_in(who).get(BOARD).status_code == status


def test_ada_sees_trouble_first_then_who_is_longest_without_a_good_backup(sign_in, many):
    assert names_on(sign_in("ada").get(BOARD)) == [
        "Ironbridge Steel", "Kestrel Surveying", "Vale Logistics", "Acme Dental", "Bolt Bakery", "Umber Paints",
        "Rowan Legal",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sort", "first", "last"),
    [
        ("name", "Acme Dental", "Vale Logistics"),
        ("-name", "Vale Logistics", "Acme Dental"),
        ("status", "Ironbridge Steel", "Rowan Legal"),
        ("-status", "Rowan Legal", "Ironbridge Steel"),
        ("-last_good", "Rowan Legal", "Acme Dental"),
        ("-coverage", "Umber Paints", None),
        ("-stored", "Kestrel Surveying", None),
    ],
)
def test_ada_sorts_the_board(sign_in, many, sort, first, last):
    Organization.objects.filter(name="Umber Paints").update(users_eligible=4, users_protected=3)
    Organization.objects.filter(name="Rowan Legal").update(users_eligible=400, users_protected=40)
    Organization.objects.filter(name="Kestrel Surveying").update(stored_bytes=10**12)

    names = names_on(sign_in("ada").get(BOARD, {"sort": sort}))

    assert names[0] == first
    assert last is None or names[-1] == last


@pytest.mark.parametrize(
    ("show", "names"),
    [
        ("ATTENTION", {"Ironbridge Steel", "Kestrel Surveying", "Vale Logistics"}),
        ("OVERDUE", {"Ironbridge Steel", "Kestrel Surveying", "Vale Logistics", "Umber Paints"}),
        ("FAILED", {"Ironbridge Steel", "Kestrel Surveying"}),
        ("PARTIAL", {"Vale Logistics"}),
        ("ONBOARDING", {"Umber Paints"}),
        ("NOT_CONNECTED", {"Acme Dental", "Bolt Bakery"}),
    ],
)
def test_each_filter_shows_as_many_as_it_says(sign_in, many, northwind, show, names):
    figures = figures_of(Organization.objects.filter(partner=northwind), timezone.now())

    answer = sign_in("ada").get(BOARD, {"show": show})

    assert set(names_on(answer)) == names
    assert figures.counts[show] == len(names)
    words = f'aria-current="true">{Show(show).label} <span class="filter-count">{len(names)}</span>'
    assert words in answer.content.decode()


def test_the_tiles_add_up_what_is_true_today(sign_in, many):
    Organization.objects.filter(name="Umber Paints").update(
        users_eligible=1250, users_protected=1000, items_skipped=7, stored_bytes=684 * 10**9
    )

    page = sign_in("ada").get(BOARD).content.decode()

    assert '<span class="stat-value">4 <small>of 5</small>' in page
    assert '<span class="stat-value">1,000 <small>of 1,250</small>' in page
    assert "250 not protected, 7 left out by filters" in page
    assert '<span class="stat-value">684 <small>GB</small>' in page
    assert '<span class="stat-value">2 <small>of 7</small>' in page


@pytest.mark.parametrize("words", ["ADA", "umber", "umber paints", "umber.example", "{client_id}"])
def test_ada_searches_by_name_domain_or_client_id(sign_in, many, words):
    umber = many["Umber Paints"]
    Organization.objects.filter(pk=umber.pk).update(domain="umber.example")
    expected = [] if words == "ADA" else ["Umber Paints"]

    answer = sign_in("ada").get(BOARD, {"q": words.format(client_id=umber.client_id)})

    assert names_on(answer) == expected
    assert ("Nothing fits" in answer.content.decode()) == (not expected)


@pytest.mark.parametrize(
    "query", ["sort=--name", "sort=password", "show=nothing", "page=-3", "page=x&show=FAILED", "q=%20", "sort=-"]
)
def test_nonsense_in_the_address_shows_the_board_as_usual(sign_in, many, query):
    answer = sign_in("ada").get(f"{BOARD}?{query}")

    assert answer.status_code == 200
    assert "Ironbridge Steel" in names_on(answer)


@pytest.mark.parametrize("words", ["a" * 10_000, "' OR 1=1 --", "99999999999999999999", "²", "\r\nX-Bad: 1"])
def test_a_strange_search_finds_nothing_and_breaks_nothing(sign_in, many, words):
    answer = sign_in("ada").get(f"{BOARD}?q={quote(words[:3000])}")

    assert (answer.status_code, names_on(answer)) == (200, [])


def test_the_board_asks_as_much_for_thirty_clients_as_for_three(
    sign_in, northwind, acme, bolt, django_assert_num_queries
):
    browser = sign_in("ada")
    make_client(northwind, "Third")
    browser.get(BOARD)
    with django_assert_num_queries(5):
        browser.get(BOARD)

    for number in range(27):
        make_client(northwind, f"Client {number}", days="SSSSSSSSSSSSSF", days_until=timezone.localdate())

    with django_assert_num_queries(5):
        assert len(names_on(browser.get(BOARD))) == 30
    with django_assert_num_queries(6):
        browser.get(BOARD, {"q": "client"})


def test_fifty_clients_make_a_page_and_the_links_keep_what_was_chosen(sign_in, northwind, acme, bolt):
    Organization.objects.bulk_create(Organization(partner=northwind, name=f"Client {n:02}") for n in range(60))

    first = sign_in("ada").get(BOARD, {"sort": "name", "q": "client", "show": "NOT_CONNECTED"})
    second = sign_in("ada").get(BOARD, {"sort": "name", "q": "client", "show": "NOT_CONNECTED", "page": 2})

    assert (len(names_on(first)), len(names_on(second))) == (50, 10)
    assert "sort=name&amp;q=client&amp;show=NOT_CONNECTED&amp;page=2" in first.content.decode()
    assert "1 to 50 of 60" in first.content.decode()


def test_htmx_gets_the_table_and_the_back_button_the_whole_page(sign_in, many):
    browser = sign_in("ada")

    part = browser.get(BOARD, {"q": "vale"}, headers={"HX-Request": "true"})
    back = browser.get(BOARD, {"q": "vale"}, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})

    assert part.content.lstrip().startswith(b'<section class="table-panel"')
    assert names_on(part) == ["Vale Logistics"]
    assert b"<!doctype html>" in back.content
    assert "HX-Request" in part["Vary"]


def test_before_the_first_client_there_is_one_button(sign_in, rival):
    browser = sign_in("rita")
    before = browser.get(BOARD).content.decode()
    make_organization(rival, "Zenith")

    after = browser.get(BOARD).content.decode()

    assert "Back up your first organization" in before
    assert before.split("<main")[1].count('href="/organizations/new/"') == 1
    assert "<table" not in before
    assert "Back up your first organization" not in after


def test_nobody_counts_or_sees_the_clients_of_a_rival(sign_in, many, rival):
    make_client(rival, "Zenith", backup_status="FAILED", stored_bytes=10**12, users_eligible=5, users_protected=5)

    page = sign_in("ada").get(BOARD)

    assert "Zenith" not in page.content.decode()
    assert names_on(sign_in("rita").get(BOARD)) == ["Zenith"]
    assert figures_of(Organization.objects.filter(partner=rival), timezone.now()).counts["ALL"] == 1
    assert '<span class="stat-value">0 <small>GB</small>' in page.content.decode()


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ({"connection_state": "ACCESS_LOST"}, ["Nothing can be read any more", "Access withdrawn", "Authorize Umber"]),
        ({"connection_state": "NEEDS_CONSENT"}, ["Some data cannot be read", "Permissions missing", "Authorize Umber"]),
        ({"connection_state": "NOT_CONNECTED"}, ["No service yet", "Not connected", "Connect Umber"]),
        ({"connection_state": "DISCONNECTED"}, ["Nothing is read any more", "Disconnected", "Connect Umber"]),
        ({"backup_note": "14 messages refused", "backup_status": "PARTIAL"}, ["14 messages refused", "Partial"]),
        ({"is_simulated": True}, ["Microsoft 365 · simulated", "No report", "Never", "Accounts Umber", "Connected"]),
        ({"users_eligible": 46, "users_protected": 41, "sites_protected": 7}, ["41 users · 7 sites", "48 of 46"]),
        ({"users_eligible": 46, "users_protected": 41}, ["89 %", "41 of 46", 'class="meter-mid" width="89%"']),
    ],
)
def test_a_row_says_in_words_how_the_client_stands(sign_in, cast, northwind, figures, words):
    make_client(northwind, "Umber", **figures)

    row = sign_in("ada").get(BOARD, {"q": "umber"}).content.decode()

    assert [word for word in words if word not in row] == []


def test_a_name_is_text_and_never_markup(sign_in, cast, northwind):
    make_organization(northwind, "<script>alert(1)</script>", backup_note='"><img src=x>')

    page = sign_in("ada").get(BOARD).content.decode()

    assert "<script>alert" not in page
    assert "<img src=x>" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_rail_offers_to_add_an_organization_only_beside_cloud_backup(sign_in, many):
    pages = {path: sign_in("ben").get(path).content.decode() for path in (BOARD, "/dashboard/")}

    rails = {path: page.split('id="rail"')[1].split("</nav>")[0] for path, page in pages.items()}
    assert "Add organization" in rails[BOARD]
    assert '<span class="rail-count">7</span>' in rails[BOARD]
    assert "Add organization" not in rails["/dashboard/"]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("descending", [False, True])
def test_every_order_is_read_from_an_index(many, northwind, order, descending):
    rows = shown_on_board(
        Organization.objects.filter(partner=northwind), show="ALL", order=order, descending=descending,
        now=timezone.now(),
    )[:50]  # fmt: skip
    with connection.cursor() as cursor:
        # Seven rows would be read and sorted at once, or read by another index and sorted in part; ten thousand not.
        for way in ("seqscan", "sort", "incremental_sort", "bitmapscan"):
            cursor.execute(f"SET LOCAL enable_{way} = off")

    plan = rows.explain()

    assert "Index Scan" in plan
    assert "Sort" not in plan
