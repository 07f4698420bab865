"""Platform staff writes a course, publishes and withdraws it; what is published does not change in place."""

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import AuditEntry
from accounts.tests.factories import make_user
from training.actions.courses import CourseClosed, publish_course, save_course
from training.forms.courses import CourseForm
from training.models import Choice, Course, Lesson, Question
from training.tests.factories import make_course, make_lesson, make_question

ADMIN = "/admin/training/"


def course_fields(**changes):
    values = {
        "title": "Reading failures", "slug": "reading-failures", "summary": "Which heal by themselves.",
        "product": "CLOUD_BACKUP", "position": "20", "pass_percent": "70", "months_valid": "6",
        "lessons-TOTAL_FORMS": "1", "lessons-INITIAL_FORMS": "0", "lessons-MIN_NUM_FORMS": "0",
        "lessons-MAX_NUM_FORMS": "1000", "lessons-0-position": "1", "lessons-0-title": "Partial",
        "lessons-0-slug": "partial", "lessons-0-minutes": "5", "lessons-0-body": "One object is enough.",
        "lessons-0-picture": "", "lessons-0-picture_alt": "",
    }  # fmt: skip
    return values | changes


def question_fields(lesson, *, marks=(True, False)):
    values = {"lesson": lesson.pk, "position": "1", "text": "How many?", "choices-TOTAL_FORMS": str(len(marks)),
              "choices-INITIAL_FORMS": "0", "choices-MIN_NUM_FORMS": "0", "choices-MAX_NUM_FORMS": "8"}  # fmt: skip
    for number, mark in enumerate(marks):
        values[f"choices-{number}-text"] = f"Choice {number}"
        if mark:
            values[f"choices-{number}-is_right"] = "on"
    return values


def act(desk, action, *courses):
    return desk.post(
        ADMIN + "course/", {"action": action, "_selected_action": [one.pk for one in courses]}, follow=True
    )


def test_a_course_from_the_first_word_to_the_list_and_off_it_again(desk, sign_in):
    desk.post(ADMIN + "course/add/", course_fields())
    course = Course.objects.get()
    lesson = course.lessons.get()
    desk.post(ADMIN + "question/add/", question_fields(lesson))
    before = sign_in("ben").get("/training/").content.decode()

    act(desk, "publish", course)
    published = sign_in("ben").get("/training/").content.decode()
    act(desk, "withdraw", course)

    assert (course.pass_percent, course.months_valid, course.is_published) == (70, 6, False)
    assert Question.objects.get().course == course
    assert {who: "Reading failures" in page for who, page in {"before": before, "after": published}.items()} == {
        "before": False, "after": True,
    }  # fmt: skip
    assert "Reading failures" not in sign_in("ben").get("/training/").content.decode()
    actions = AuditEntry.objects.filter(action__startswith="course.").order_by("pk").values_list("action", "actor")
    assert list(actions) == [
        ("course.created", "Sam Staff"), ("course.published", "Sam Staff"), ("course.withdrawn", "Sam Staff"),
    ]  # fmt: skip


def test_a_published_and_a_shipped_course_are_there_to_read(desk):
    call_command("put_in_courses")
    shipped, published = Course.objects.get(), make_course()
    Course.objects.filter(pk=shipped.pk).update(is_published=False)

    for course in (shipped, published):
        address = f"{ADMIN}course/{course.pk}/change/"
        question = f"{ADMIN}question/{course.questions.first().pk}/change/"
        assert desk.get(address).status_code == 200
        assert desk.post(address, course_fields()).status_code == 403
        assert desk.post(question, question_fields(course.lessons.first())).status_code == 403
        assert desk.post(question.replace("change", "delete"), {"post": "yes"}).status_code == 403
        assert desk.post(f"{ADMIN}course/{course.pk}/delete/", {"post": "yes"}).status_code == 403


def test_what_was_published_while_somebody_was_editing_stays_as_it_is(desk, monkeypatch):
    course = make_course("Essentials", is_published=False)
    pam, stale = make_user("Pam", "Staff"), Course.objects.get()
    publish_course(course=course, actor=pam, now=timezone.now())
    stale.title = "Changed"
    with pytest.raises(CourseClosed):
        save_course(course=stale, actor=pam, now=timezone.now())
    Course.objects.update(is_published=False)

    def clean(form):
        Course.objects.update(is_published=True)
        return form.cleaned_data

    monkeypatch.setattr(CourseForm, "clean", clean)
    values = course_fields(**{"lessons-0-slug": "late", "lessons-0-title": "Late"})
    said = desk.post(f"{ADMIN}course/{course.pk}/change/", values, follow=True).content.decode()

    course.refresh_from_db()
    assert (course.title, course.version, course.lessons.count()) == ("Essentials", 2, 2)
    assert "was published meanwhile" in said
    assert not AuditEntry.objects.filter(action="course.edited").exists()


def test_saving_a_course_leaves_alone_what_is_not_written_by_hand(cast, course):
    Course.objects.update(is_published=False)
    stale = Course.objects.get()
    Course.objects.update(version=7)

    save_course(course=stale, actor=cast["ada"].user, now=timezone.now())

    assert Course.objects.get().version == 7


def test_a_question_cannot_be_put_into_a_published_course(desk):
    lesson = make_course(questions=0).lessons.first()

    answer = desk.post(ADMIN + "question/add/", question_fields(lesson))

    assert "Select a valid choice" in answer.content.decode()
    assert not Question.objects.exists()


@pytest.mark.parametrize("marks", [(True, True), (False, False), (True,), ()])
def test_a_question_needs_something_right_and_something_wrong(desk, marks):
    lesson = make_course(is_published=False, questions=0).lessons.first()

    answer = desk.post(ADMIN + "question/add/", question_fields(lesson, marks=marks))

    assert "A question needs a right choice and a wrong one." in answer.content.decode()
    assert not Choice.objects.exists()


@pytest.mark.parametrize(
    "unready",
    [lambda course: course.questions.all().delete(), lambda course: Choice.objects.filter(is_right=True).delete(),
     lambda course: Question.objects.update(lesson=make_lesson(make_course(), 9))],
)  # fmt: skip
def test_what_nobody_could_pass_is_not_published(desk, unready):
    course = make_course(is_published=False)
    unready(course)

    said = act(desk, "publish", course).content.decode()

    course.refresh_from_db()
    assert not course.is_published
    assert 'class="error"' in said


@pytest.mark.parametrize(
    ("field", "value"),
    [("pass_percent", "0"), ("pass_percent", "101"), ("pass_percent", "NaN"), ("months_valid", "1"),
     ("slug", "../x"), ("title", "x" * 81), ("lessons-0-minutes", "0"), ("lessons-0-minutes", "1e9"),
     ("lessons-0-body", "x" * 20_001), ("lessons-0-picture", "https://evil.example/x.png"),
     ("lessons-0-picture", "training/../../settings.png"), ("lessons-0-picture", "training/essentials/none.webp")],
)  # fmt: skip
def test_what_cannot_be_is_refused(desk, field, value):
    answer = desk.post(ADMIN + "course/add/", course_fields(**{field: value}))

    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert not Lesson.objects.exists()


def test_a_picture_has_to_be_described(desk):
    answer = desk.post(ADMIN + "course/add/", course_fields(**{"lessons-0-picture": "training/essentials/report.webp"}))

    assert "Say what the picture shows" in answer.content.decode()


def test_a_lesson_that_is_asked_about_is_not_deleted_with_its_questions(desk):
    course = make_course(is_published=False, lessons=1, questions=0)
    make_question(course)
    lesson = course.lessons.get()
    values = course_fields(**{
        "lessons-INITIAL_FORMS": "1", "lessons-0-id": lesson.pk, "lessons-0-course": course.pk,
        "lessons-0-DELETE": "on",
    })  # fmt: skip

    desk.post(f"{ADMIN}course/{course.pk}/change/", values)

    assert Lesson.objects.get() == lesson
