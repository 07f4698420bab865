"""The list of courses with the team's table, and one course."""

from datetime import date

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import PartnerRequest, partner_page
from accounts.models import Membership
from accounts.roles import Can
from training.models import Attempt, Certificate, Course, LessonReading
from training.models.standing import Standing, standings

PAGE_SIZE = 25
# As many courses as a table of people has room for; the others are reached by its own page links.
COLUMNS = 4


@partner_page(Can.TAKE_TRAINING)
@require_safe
def course_list(request: PartnerRequest) -> HttpResponse:
    """Show the courses and how the person stands with each, and to Administrators how everybody does; a fixed number
    of queries.
    """
    member, today = request.membership, timezone.localdate()
    courses = list(Course.objects.visible_to(member).with_size().in_order())
    context = {
        "cards": [(course, standing) for course, standing in zip(courses, _own(member, courses, today), strict=True)],
        "former": Certificate.objects.good()
        .visible_to(member)
        .filter(user=request.user, course__is_published=False)
        .newest_first(),
        "partner": member.partner,
        "today": today,
    }
    if member.may(Can.MANAGE_MEMBERS) and courses:
        context |= _team(request, courses, today)
    return render(request, "training/course_list.html", context)


@partner_page(Can.TAKE_TRAINING)
@require_safe
def course_detail(request: PartnerRequest, course_slug: str) -> HttpResponse:
    """Show what a course holds, what of it was read, and what its quiz asks for."""
    member = request.membership
    course = get_object_or_404(Course.objects.visible_to(member).with_size(), slug=course_slug)
    [standing] = _own(member, [course], timezone.localdate())
    read = LessonReading.objects.visible_to(member).filter(lesson__course=course)
    read_ids = set(read.values_list("lesson_id", flat=True))
    lessons = [(lesson, lesson.pk in read_ids) for lesson in course.lessons.all()]
    attempts = Attempt.objects.visible_to(member).filter(course=course)
    context = {
        "course": course,
        "standing": standing,
        "lessons": lessons,
        "next_lesson": next((lesson for lesson, is_read in lessons if not is_read), None),
        "question_count": course.questions.count(),
        "open_attempt": attempts.open().first(),
        "last_attempt": attempts.exclude(handed_in_at=None).order_by("-handed_in_at").first(),
    }
    return render(request, "training/course_detail.html", context)


def _own(member: Membership, courses: list[Course], today: date) -> list[Standing]:
    found = standings(partner_id=member.partner_id, user_ids=[member.user_id], courses=courses, today=today)
    return [found[member.user_id, course.pk] for course in courses]


def _team(request: PartnerRequest, courses: list[Course], today: date) -> dict:
    """Return a page of the company's people and how each stands with a page of the courses."""
    member = request.membership
    joined = Membership.objects.visible_to(member).of_staff().filter(joined_at__isnull=False)
    people: Page = Paginator(joined.select_related("user").order_by("list_name", "id"), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    columns: Page = Paginator(courses, COLUMNS).get_page(request.GET.get("columns"))
    found = standings(
        partner_id=member.partner_id, user_ids=[one.user_id for one in people], courses=columns, today=today
    )
    rows = [(one.user, [(course, found[one.user_id, course.pk]) for course in columns]) for one in people]
    return {"page_obj": people, "columns": columns, "team": rows}
