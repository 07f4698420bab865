"""Courses as partners' people take them, and the table of the team."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.tests.factories import make_member, make_user
from conftest import signed_in_client
from training.actions.certificates import withdraw_certificate
from training.models import Course, LessonReading
from training.tests.factories import long_ago, make_attempt, make_certificate, make_course, make_lesson

LIST = "/training/"


def pages_of(course):
    lesson = course.lessons.first()
    return {
        "course": course.get_absolute_url(),
        "lesson": lesson.get_absolute_url(),
        "quiz": reverse("training:attempt_start", args=[course.slug]),
    }


def test_who_may_take_a_course(sign_in, course):
    expected = {"ada": 200, "ben": 200, "cora": 200, "rita": 200, "otto": 404}

    for page in (LIST, course.get_absolute_url(), course.lessons.first().get_absolute_url()):
        assert {who: sign_in(who).get(page).status_code for who in expected} == expected


def test_clients_people_have_no_training_and_no_tab(sign_in, acme, course):
    browser = sign_in("otto")

    posts = {name: browser.post(page).status_code for name, page in pages_of(course).items() if name != "course"}

    assert LIST not in browser.get(acme.get_absolute_url()).content.decode()
    assert posts == {"lesson": 404, "quiz": 404}
    assert LIST in sign_in("ben").get("/dashboard/").content.decode()


def test_what_is_not_published_does_not_exist(sign_in):
    course = make_course(is_published=False)
    browser = sign_in("ben")

    assert course.title not in browser.get(LIST).content.decode()
    for page in pages_of(course).values():
        assert {browser.get(page).status_code, browser.post(page).status_code} <= {404, 405}


def test_done_leads_to_the_next_lesson_and_after_the_last_to_the_quiz(cast, sign_in, course):
    browser = sign_in("ben")
    first, second = course.lessons.all()

    to_second = browser.post(first.get_absolute_url())
    browser.post(first.get_absolute_url())
    half = browser.get(LIST).content.decode()
    to_quiz = browser.post(second.get_absolute_url())

    assert (to_second.url, to_quiz.url) == (second.get_absolute_url(), course.get_absolute_url())
    assert "10 of 20 min" in half
    assert LessonReading.objects.filter(user=cast["ben"].user).count() == 2
    assert f'href="{first.get_absolute_url()}"' in browser.get(second.get_absolute_url()).content.decode()
    assert "20 of 20 min" in browser.get(course.get_absolute_url()).content.decode()


def test_what_one_person_read_nobody_else_has_read(sign_in, course):
    sign_in("ben").post(course.lessons.first().get_absolute_url())

    pages = {who: sign_in(who).get(LIST).content.decode() for who in ("ben", "cora", "rita")}

    assert {who: "10 of 20 min" in page for who, page in pages.items()} == {"ben": True, "cora": False, "rita": False}


def test_what_somebody_does_for_one_company_is_nothing_to_the_other(cast, sign_in, course, rival):
    lesson = course.lessons.first()
    there = signed_in_client(make_member(cast["ben"].user, rival))
    sign_in("ben").post(lesson.get_absolute_url())
    attempt, certificate = make_attempt(cast["ben"], course), make_certificate(cast["ben"])

    pages = [there.get(page).content.decode() for page in (LIST, course.get_absolute_url(), lesson.get_absolute_url())]
    of_rita = sign_in("rita").get(LIST).content.decode()

    assert not any(words in page for page in pages for words in ("10 of 20 min", "Read</span>", "Certified"))
    assert {there.get(one.get_absolute_url()).status_code for one in (attempt, certificate)} == {404}
    assert "Ben Okafor" in of_rita
    assert "Certified" not in of_rita


@pytest.mark.parametrize(
    ("days", "words", "button"),
    [(0, "Certified until", "Certificate"), (300, "Certified until", "Certificate"),
     (345, "Due again on", "Take again"), (400, "Due again since", "Take again")],
)  # fmt: skip
def test_a_certificate_is_due_again_after_its_year(cast, sign_in, course, days, words, button):
    make_certificate(cast["ben"], course, at=long_ago(days=days))

    page = sign_in("ben").get(LIST).content.decode()

    assert words in page
    assert f">{button}</a>" in page


def test_a_withdrawn_certificate_counts_for_nothing(cast, sign_in, course):
    certificate = make_certificate(cast["ben"], course)
    withdraw_certificate(certificate=certificate, reason="-", actor=cast["ada"].user, now=timezone.now())

    assert "Certified" not in sign_in("ben").get(LIST).content.decode()


def test_certificates_of_a_course_that_was_withdrawn_can_still_be_found(cast, sign_in, course):
    certificate = make_certificate(cast["ben"], course)
    Course.objects.update(is_published=False)

    assert certificate.get_absolute_url() in sign_in("ben").get(LIST).content.decode()


def test_only_administrators_see_how_the_team_stands(cast, sign_in, course):
    make_certificate(cast["ben"], course)
    sign_in("cora").post(course.lessons.first().get_absolute_url())

    pages = {who: sign_in(who).get(LIST).content.decode() for who in ("ada", "ben", "cora", "rita")}

    assert {who: "Your team" in page for who, page in pages.items()} == {
        "ada": True, "ben": False, "cora": False, "rita": True,
    }  # fmt: skip
    team = pages["ada"].partition("Your team")[2]
    assert all(words in team for words in ("Ben Okafor", "Certified", "Cora Mendes", "10 of 20 min", "Not started"))
    assert "Rita" not in team
    assert "Otto" not in team
    assert "Ben" not in pages["rita"]


def test_a_team_of_hundreds_is_shown_a_page_at_a_time_with_as_many_queries(cast, sign_in, northwind):
    for number in range(6):
        make_course(f"Course {number}", position=number)
    browser = sign_in("ada")
    browser.get(LIST)
    with CaptureQueriesContext(
        connection,
    ) as few:
        browser.get(LIST)
    for number in range(60):
        make_member(make_user(f"Zoe{number:02}"), northwind)

    with CaptureQueriesContext(connection) as many:
        page = browser.get(LIST).content.decode()
    last = browser.get(LIST + "?page=3&columns=2").content.decode()

    assert len(many) == len(few)
    assert "1 to 25 of 63" in page
    assert "Courses 1 to 4 of 6" in page
    assert page.count("data-label=") == 25 * 4
    assert "51 to 63 of 63" in last
    assert last.count("data-label=") == 13 * 2


def test_a_page_that_nobody_has_shows_one_that_exists(sign_in, course):
    assert sign_in("ada").get(LIST + "?page=-3&columns=x").status_code == 200


def test_nothing_in_a_lesson_runs_or_is_fetched(sign_in, course):
    lesson = make_lesson(
        course,
        3,
        body="<script>alert(1)</script>\n\n![x](https://evil.example/x.png)\n\n[a](javascript:alert(1))\n\n**fine**",
    )

    page = sign_in("ben").get(lesson.get_absolute_url()).content.decode()

    assert "<script>alert" not in page
    assert 'src="https://evil' not in page
    assert 'href="javascript' not in page
    assert "<strong>fine</strong>" in page


def test_no_course_yet_says_so(sign_in):
    assert "No course is published yet" in sign_in("ada").get(LIST).content.decode()
