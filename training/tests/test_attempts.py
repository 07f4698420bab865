"""The quiz: a paper of one's own, judged on the server, counted once."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Membership
from backups.tests.crews import all_at_once
from training.actions.attempts import hand_in
from training.actions.courses import withdraw_course
from training.models import Attempt, Certificate
from training.tests.factories import (
    all_right,
    all_wrong,
    as_fields,
    long_ago,
    make_attempt,
    make_certificate,
    make_course,
)


def begin(browser, course):
    return browser.post(reverse("training:attempt_start", args=[course.slug]))


def test_whoever_answers_right_passes_and_has_a_certificate(cast, sign_in, course):
    browser = sign_in("ben")
    page = browser.get(begin(browser, course).url)
    attempt = Attempt.objects.get()

    done = browser.post(attempt.get_absolute_url(), as_fields(all_right(attempt)))
    result = browser.get(done.url).content.decode()

    assert "Text of lesson" not in page.content.decode()
    assert "You passed" in result
    assert "3 of 3 right, 100 %" in result
    certificate = Certificate.objects.get()
    assert (certificate.user, certificate.right, certificate.asked) == (cast["ben"].user, 3, 3)
    entry = AuditEntry.objects.get(action="training.passed")
    assert (entry.actor, entry.target, entry.details) == ("Ben Okafor", "Essentials", {"right": 3, "asked": 3})


def test_below_the_pass_mark_it_says_what_to_read_again_and_not_what_is_right(cast, sign_in, course):
    browser = sign_in("ben")
    begin(browser, course)
    attempt = Attempt.objects.get()
    answers = all_right(attempt)
    answers[0] = all_wrong(attempt)[0]

    browser.post(attempt.get_absolute_url(), as_fields(answers))
    result = browser.get(attempt.get_absolute_url()).content.decode()

    assert "Not passed yet" in result
    assert "2 of 3 right, 66 %. 80 % were needed." in result
    assert attempt.paper[0]["text"] in result
    assert attempt.paper[1]["text"] not in result
    assert course.lessons.first().get_absolute_url() in result
    assert "right 0" not in result
    assert not Certificate.objects.exists()
    assert AuditEntry.objects.filter(action="training.failed").count() == 1


@pytest.mark.parametrize(("right", "passes"), [(7, False), (8, True), (9, True)])
def test_the_pass_mark_is_met_exactly(cast, right, passes):
    course = make_course(questions=10, pass_percent=80)
    attempt = make_attempt(cast["ben"], course)
    answers = all_right(attempt)[:right] + all_wrong(attempt)[right:]

    attempt = hand_in(attempt=attempt, answers=answers, membership=cast["ben"], now=timezone.now())

    assert (attempt.is_passed, attempt.percent) == (passes, right * 10)


def test_of_several_right_answers_all_and_only_those_count(cast, course):
    attempt = make_attempt(cast["ben"], course)
    several = next(place for place, chosen in enumerate(all_right(attempt)) if len(chosen) == 2)
    half, too_many = all_right(attempt), all_right(attempt)
    half[several] = half[several][:1]
    too_many[several] = [0, 1, 2, 3]

    for answers in (half, too_many):
        attempt.answers = answers
        assert [number - 1 for number, _ in attempt.wrong_questions()] == [several]


def test_the_page_does_not_tell_what_is_right(cast, sign_in, course):
    browser = sign_in("ben")
    attempt = make_attempt(cast["ben"], course)
    page = browser.get(attempt.get_absolute_url()).content.decode()

    # As many right choices of each question as before, at other places: a page that tells differs.
    Attempt.objects.filter(pk=attempt.pk).update(paper=_moved(attempt.paper))
    moved = browser.get(attempt.get_absolute_url()).content.decode()

    assert "is_right" not in page
    assert _without_csrf(page) == _without_csrf(moved)


def _moved(paper):
    for question in paper:
        marks = [choice["is_right"] for choice in question["choices"]]
        for choice, mark in zip(question["choices"], marks[1:] + marks[:1], strict=True):
            choice["is_right"] = mark
    return paper


def _without_csrf(page):
    return [line for line in page.splitlines() if "csrf" not in line.lower()]


def test_orders_differ_from_attempt_to_attempt_and_stay_in_one(cast, sign_in):
    course = make_course(questions=10)
    browser = sign_in("ben")
    papers = []
    for _ in range(2):
        begin(browser, course)
        attempt = Attempt.objects.open().get()
        assert begin(browser, course).url == attempt.get_absolute_url()
        papers.append([question["text"] for question in attempt.paper])
        browser.post(attempt.get_absolute_url(), as_fields(all_wrong(attempt)))

    assert papers[0] != papers[1]
    assert sorted(papers[0]) == sorted(papers[1])


def test_what_is_sent_twice_counts_once(cast, sign_in, course):
    browser = sign_in("ben")
    attempt = make_attempt(cast["ben"], course)
    fields = as_fields(all_right(attempt))

    answers = [browser.post(attempt.get_absolute_url(), fields).status_code for _ in range(2)]
    again = hand_in(attempt=attempt, answers=all_wrong(attempt), membership=cast["ben"], now=timezone.now())

    assert answers == [302, 302]
    assert again.is_passed
    assert Certificate.objects.count() == 1
    assert AuditEntry.objects.filter(action__startswith="training.").count() == 1


def test_unanswered_questions_are_refused_and_what_was_chosen_is_kept(cast, sign_in, course):
    attempt = make_attempt(cast["ben"], course)
    fields = as_fields(all_right(attempt))
    missing = next(name for name, chosen in fields.items() if len(chosen) == 1)
    kept = next(name for name in fields if name != missing)
    del fields[missing]

    answer = sign_in("ben").post(attempt.get_absolute_url(), fields)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.count("Choose an answer.") == 1
    assert f'name="{kept}" value="{fields[kept][0]}"' in page
    assert page.count(" checked") == sum(len(chosen) for chosen in fields.values())
    assert Attempt.objects.get().handed_in_at is None


@pytest.mark.parametrize("foreign", ["99", "-1", "x" * 10_000, "1 OR 1=1", "\x00", "²"])
def test_a_choice_that_is_not_on_the_paper_is_refused(cast, sign_in, course, foreign):
    attempt = make_attempt(cast["ben"], course)
    fields = as_fields(all_right(attempt)) | {"question-1": [foreign]}

    answer = sign_in("ben").post(attempt.get_absolute_url(), fields)

    assert answer.status_code in (400, 422)
    assert b"x" * 100 not in answer.content
    assert Attempt.objects.get().handed_in_at is None


def test_a_quiz_belongs_to_one_person_of_one_company(cast, sign_in, course):
    attempt = make_attempt(cast["ben"], course)

    answers = {
        who: {sign_in(who).get(attempt.get_absolute_url()).status_code,
              sign_in(who).post(attempt.get_absolute_url(), {}).status_code}
        for who in ("ada", "cora", "otto", "rita")
    }  # fmt: skip

    assert answers == {"ada": {404}, "cora": {404}, "otto": {404}, "rita": {404}}


def test_a_course_that_is_withdrawn_meanwhile_is_not_counted(cast, sign_in, course):
    browser = sign_in("ben")
    attempt = make_attempt(cast["ben"], course)
    withdraw_course(course=course, actor=cast["ada"].user, now=timezone.now())

    answer = browser.post(attempt.get_absolute_url(), as_fields(all_right(attempt)), follow=True)

    assert "was withdrawn meanwhile. Nothing that you answered is counted." in answer.content.decode()
    assert Attempt.objects.get().handed_in_at is None
    assert begin(browser, course).status_code == 404


def test_a_new_attempt_is_offered_only_while_the_course_is_given(cast, sign_in, course):
    attempt, browser = make_attempt(cast["ben"], course), sign_in("ben")
    hand_in(attempt=attempt, answers=all_wrong(attempt), membership=cast["ben"], now=timezone.now())
    given = browser.get(attempt.get_absolute_url()).content.decode()

    withdraw_course(course=course, actor=cast["ada"].user, now=timezone.now())
    withdrawn = browser.get(attempt.get_absolute_url()).content.decode()

    assert ["A new attempt" in page for page in (given, withdrawn)] == [True, False]


def test_whoever_is_answering_is_judged_by_what_was_asked(cast, course):
    attempt = make_attempt(cast["ben"], course)
    course.questions.all().delete()

    attempt = hand_in(attempt=attempt, answers=all_right(attempt), membership=cast["ben"], now=timezone.now())

    assert attempt.is_passed


def test_whoever_is_answering_goes_on_when_the_course_has_changed(cast, sign_in, course):
    old = make_attempt(cast["ben"], course)
    course.version += 1
    course.save()
    browser = sign_in("ben")

    page = browser.get(course.get_absolute_url()).content.decode()
    again = begin(browser, course)

    assert "Go on with the quiz" in page
    assert again.url == old.get_absolute_url()


def test_nobody_has_two_quizzes_of_a_course_open(cast, course):
    attempt = make_attempt(cast["ben"], course)
    attempt.pk = attempt.uuid = None

    with pytest.raises(IntegrityError), transaction.atomic():
        attempt.save()


def test_who_is_certified_is_asked_again_when_it_is_due_again(cast, sign_in, course):
    make_certificate(cast["ben"], course, at=long_ago(days=100))
    browser = sign_in("ben")

    early = browser.post(reverse("training:attempt_start", args=[course.slug]), follow=True).content.decode()
    other = make_course()
    make_certificate(cast["ben"], other, at=long_ago(days=345))
    due = begin(browser, other)

    assert "You are certified. From" in early
    assert due.url == Attempt.objects.open().get().get_absolute_url()


def test_starting_twice_at_once_opens_one(cast, course):
    first, second = (make_attempt(cast["ben"], course) for _ in range(2))

    assert first == second


def test_a_get_begins_nothing(sign_in, course):
    assert sign_in("ben").get(reverse("training:attempt_start", args=[course.slug])).status_code == 405
    assert not Attempt.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_four_clicks_at_the_same_moment_one_counts(cast):
    course = make_course()

    opened = all_at_once(4, lambda _: make_attempt(cast["ben"], course).pk, [0])
    passed = all_at_once(4, _hand_in_right, [cast["ben"].pk])

    assert len({pk for [pk] in opened}) == 1
    assert passed == [[True]] * 4
    assert Certificate.objects.count() == 1
    assert AuditEntry.objects.filter(action="training.passed").count() == 1


def _hand_in_right(member_id):
    member, attempt = Membership.objects.get(pk=member_id), Attempt.objects.get()
    return hand_in(attempt=attempt, answers=all_right(attempt), membership=member, now=timezone.now()).is_passed
