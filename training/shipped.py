"""The courses that ship with the product, read from their files: strictly, so that a mistake is met by a test.

A course is a folder of `courses/`, named as its address: `course.toml` says what it is and names its lessons in order,
each of which is a file of Markdown, `<slug>.md`; `questions.toml` holds the quiz.

CourseFileWrong   a file is missing, says too little, too much, or something that cannot be
"""

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ValidationError

from training.models import Choice, Course, Lesson, Question

FOLDER = Path(__file__).parent / "courses"
# What stands in the files, and what each has to be.
_COURSE = {
    "title": str, "summary": str, "product": str, "position": int, "pass_percent": int, "months_valid": int,
    "lessons": list,
}  # fmt: skip
_LESSON = {"slug": str, "title": str, "minutes": int, "picture": str, "picture_alt": str}
_QUESTION = {"lesson": str, "text": str, "right": list[str], "wrong": list[str]}
_WORDS = {str: "a text", int: "a whole number", list: "a list", list[str]: "a list of texts"}


class CourseFileWrong(Exception):
    """A file of a course does not say what it has to; the message names the file and the trouble."""


@dataclass(frozen=True)
class ShippedCourse:
    """A course as its files say it: rows that are not saved, and a fingerprint of every file."""

    course: Course
    lessons: list[Lesson]
    questions: list[tuple[Question, list[Choice]]]


def shipped_courses(folder: Path = FOLDER) -> list[ShippedCourse]:
    """Return all courses of a folder. Raises `CourseFileWrong`."""
    return [read_course(path.parent) for path in sorted(folder.glob("*/course.toml"))]


def read_course(folder: Path) -> ShippedCourse:
    """Return the course of one folder. Raises `CourseFileWrong`."""
    facts = _facts(folder / "course.toml", _COURSE)
    lessons = [
        _lesson(folder, number, _complete(folder / "course.toml", lesson, _LESSON))
        for number, lesson in enumerate(facts.pop("lessons"), start=1)
    ]
    course = Course(slug=folder.name, fingerprint=_fingerprint(folder), **facts)
    by_slug = {lesson.slug: lesson for lesson in lessons}
    if not lessons or len(by_slug) < len(lessons):
        raise CourseFileWrong(f"{folder / 'course.toml'}: a course has lessons, with addresses of their own.")
    file = folder / "questions.toml"
    asked = _facts(file, {"questions": list})["questions"]
    questions = [_question(file, number, by_slug, asked_for) for number, asked_for in enumerate(asked, start=1)]
    _check(folder / "course.toml", course, exclude={"slug"})
    for lesson in lessons:
        _check(folder / f"{lesson.slug}.md", lesson, exclude={"course"})
    if not questions:
        raise CourseFileWrong(f"{file}: a course has questions.")
    return ShippedCourse(course, lessons, questions)


def _facts(file: Path, kinds: dict[str, type]) -> dict:
    try:
        facts = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise CourseFileWrong(f"{file}: {problem}") from problem
    return _complete(file, facts, kinds)


def _complete(file: Path, facts: dict, kinds: dict[str, type]) -> dict:
    if not isinstance(facts, dict) or facts.keys() != kinds.keys():
        raise CourseFileWrong(f"{file}: {', '.join(sorted(kinds))} have to stand there, and nothing else.")
    for name, kind in kinds.items():
        if not _is(facts[name], kind):
            raise CourseFileWrong(f"{file}: {name} has to be {_WORDS[kind]}.")
    return facts


def _is(value: object, kind: type) -> bool:
    if kind == list[str]:
        return type(value) is list and all(type(one) is str for one in value)
    # Not isinstance, by which true is a whole number.
    return type(value) is kind


def _lesson(folder: Path, number: int, facts: dict) -> Lesson:
    file = folder / f"{facts['slug']}.md"
    try:
        body = file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as problem:
        raise CourseFileWrong(f"{file}: {problem}") from problem
    return Lesson(position=number, body=body, **facts)


def _question(file: Path, number: int, lessons: dict[str, Lesson], facts: dict) -> tuple[Question, list[Choice]]:
    _complete(file, facts, _QUESTION)
    lesson, right, wrong = lessons.get(facts["lesson"]), facts["right"], facts["wrong"]
    if lesson is None:
        raise CourseFileWrong(f"{file}: question {number} names a lesson that is not there, {facts['lesson']!r}.")
    texts = [*right, *wrong]
    if not right or not wrong or len(set(texts)) < len(texts):
        raise CourseFileWrong(f"{file}: question {number} needs right and wrong choices that differ.")
    question = Question(position=number, text=facts["text"], lesson=lesson)
    _check(file, question, exclude={"course", "lesson"})
    choices = [Choice(text=text, is_right=text in right) for text in texts]
    for choice in choices:
        _check(file, choice, exclude={"question"})
    return question, choices


def _check(file: Path, row, *, exclude: set[str]) -> None:
    try:
        row.clean_fields(exclude=exclude)
        row.clean()
    except ValidationError as problem:
        raise CourseFileWrong(f"{file}: {problem.message_dict}") from problem


def _fingerprint(folder: Path) -> str:
    """Return a checksum over the names and the content of all files of a course."""
    digest = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        digest.update(f"{file.name}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()
