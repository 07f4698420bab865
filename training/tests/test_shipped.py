"""The course that ships with the product: complete, small, put in once, and kept as its files say."""

import re
import shutil

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.utils import timezone

from accounts.models import AuditEntry
from notifications.markdown import as_html
from organizations.views.inside import TABS
from training.actions.courses import refuse_unready, withdraw_course
from training.actions.lessons import mark_read
from training.actions.shipping import put_in_courses
from training.models import Choice, Course, Lesson, LessonReading, Question
from training.shipped import FOLDER, CourseFileWrong, read_course, shipped_courses
from training.tests.factories import make_attempt, make_course

ESSENTIALS = FOLDER / "cloud-backup-essentials"
PICTURE_BYTES_AT_MOST = 60_000


@pytest.fixture
def files(tmp_path):
    """A copy of the shipped course that a test may change."""
    return shutil.copytree(ESSENTIALS, tmp_path / "cloud-backup-essentials")


def put_in(folder):
    return put_in_courses(shipped=[read_course(folder)], now=timezone.now())


def test_the_course_has_six_lessons_of_twenty_minutes_and_ten_questions():
    [essentials] = shipped_courses()

    assert essentials.course.title == "Cloud Backup essentials"
    assert sum(lesson.minutes for lesson in essentials.lessons) == 20
    assert (len(essentials.lessons), len(essentials.questions)) == (6, 10)
    assert {question.lesson.slug for question, _ in essentials.questions} == {one.slug for one in essentials.lessons}


def test_each_lesson_has_a_picture_that_is_there_is_small_and_is_described():
    for lesson in shipped_courses()[0].lessons:
        with open(finders.find(lesson.picture), "rb") as file:
            content = file.read()
        assert content[8:12] == b"WEBP", lesson
        assert len(content) < PICTURE_BYTES_AT_MOST, lesson
        assert len(lesson.picture_alt) > 30, lesson


def test_all_that_the_lessons_say_is_shown():
    for lesson in shipped_courses()[0].lessons:
        html = as_html(lesson.body)
        assert "**" not in html, lesson
        assert "](" not in html, lesson
        assert not any(line.startswith("#") for line in lesson.body.splitlines()), lesson


def test_the_lesson_about_the_tabs_names_those_there_are():
    body = shipped_courses()[0].lessons[0].body
    named = [line.partition(":")[0] for line in body.splitlines() if line.startswith("- ")]

    assert re.findall(r"\*(.+?)\*", " ".join(named)) == [label for label, _, _ in TABS]


def test_putting_it_in_twice_is_putting_it_in_once(db):
    call_command("put_in_courses")
    before = [list(model.objects.order_by("pk").values()) for model in (Course, Lesson, Question, Choice)]

    call_command("put_in_courses")

    assert [list(model.objects.order_by("pk").values()) for model in (Course, Lesson, Question, Choice)] == before
    course = Course.objects.get()
    assert (course.slug, course.is_published, course.version) == ("cloud-backup-essentials", True, 1)
    refuse_unready(course)
    assert AuditEntry.objects.filter(action="course.published").count() == 1


def test_a_new_release_changes_it_and_people_keep_what_they_read(cast, files):
    put_in(files)
    read, gone = Lesson.objects.get(slug="read-a-report"), Lesson.objects.get(slug="when-something-fails")
    for lesson in (read, gone):
        mark_read(lesson=lesson, membership=cast["ben"], now=timezone.now())
    (files / "read-a-report.md").write_text("Shorter.")
    facts = (files / "course.toml").read_text()
    (files / "course.toml").write_text(facts.rpartition("[[lessons]]")[0])
    questions = (files / "questions.toml").read_text()
    (files / "questions.toml").write_text(questions.rpartition("[[questions]]")[0])

    [course] = put_in(files)

    read.refresh_from_db()
    assert (read.body, course.version, course.lessons.count(), course.questions.count()) == ("Shorter.", 2, 5, 9)
    assert LessonReading.objects.get().lesson == read
    assert put_in(files) == []


def test_one_that_staff_withdrew_is_changed_and_stays_withdrawn(cast, files):
    [course] = put_in(files)
    withdraw_course(course=course, actor=cast["ada"].user, now=timezone.now())
    (files / "read-a-report.md").write_text("Shorter.")

    [course] = put_in(files)

    assert not course.is_published


def test_a_course_of_staff_with_the_same_address_is_left_alone(db, capsys):
    own = make_course("Our own", slug="cloud-backup-essentials")

    call_command("put_in_courses")

    own.refresh_from_db()
    assert (own.title, own.is_shipped, own.lessons.count(), own.questions.count()) == ("Our own", False, 2, 3)
    assert "course “Our own” has the address cloud-backup-essentials" in capsys.readouterr().err


def test_somebody_who_is_answering_is_not_disturbed(cast, files):
    [course] = put_in(files)
    attempt = make_attempt(cast["ben"], course)
    (files / "read-a-report.md").write_text("Shorter.")

    put_in(files)

    attempt.refresh_from_db()
    assert attempt.asked == 10


@pytest.mark.parametrize(
    ("file", "old", "new", "trouble"),
    [
        ("course.toml", "title = ", "titel = ", "course.toml"),
        ("course.toml", "pass_percent = 80", "pass_percent = 101", "pass_percent"),
        ("course.toml", "months_valid = 12", "months_valid = 1", "months_valid"),
        ("course.toml", "position = 10", 'position = "first"', "position"),
        ("course.toml", "= 80", "= ", "course.toml"),
        ("course.toml", "essentials/report.webp", "essentials/nothing.webp", "picture"),
        ("course.toml", "training/essentials/report.webp", "../settings.py", "picture"),
        ("course.toml", 'slug = "read-a-report"', 'slug = "where-things-are"', "addresses of their own"),
        ("course.toml", 'slug = "read-a-report"', 'slug = "nothing"', "nothing.md"),
        ("course.toml", "minutes = 3", "minutes = 0", "minutes"),
        ("course.toml", 'product = "CLOUD_BACKUP"', 'product = "TOASTER"', "product"),
        ("questions.toml", 'lesson = "read-a-report"', 'lesson = "nothing"', "names a lesson that is not there"),
        ("questions.toml", 'wrong = ["A shared mailbox"', 'wrong = ["A user who works at the client"', "differ"),
        ("questions.toml", 'right = ["A user who works at the client"]', "right = []", "right and wrong"),
        ("questions.toml", "text = ", "txt = ", "questions.toml"),
        ("questions.toml", 'right = ["A user who works at the client"]', 'right = "A user"', "questions.toml: right"),
        ("questions.toml", 'wrong = ["A shared mailbox"', 'wrong = [1, "A shared mailbox"', "questions.toml: wrong"),
        ("questions.toml", 'lesson = "read-a-report"', 'lesson = ["read-a-report"]', "questions.toml: lesson"),
        ("course.toml", "pass_percent = 80", 'pass_percent = "80"', "course.toml: pass_percent"),
    ],
)  # fmt: skip
def test_a_file_that_is_wrong_is_refused_with_its_name(files, file, old, new, trouble):
    text = (files / file).read_text()
    assert old in text
    (files / file).write_text(text.replace(old, new, 1))

    with pytest.raises(CourseFileWrong, match=trouble):
        read_course(files)
