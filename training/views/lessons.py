"""One lesson: read it, say that you did, go on."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.access import PartnerRequest, partner_page
from accounts.roles import Can
from notifications.markdown import as_html
from training.actions.lessons import mark_read
from training.models import Lesson, LessonReading


@partner_page(Can.TAKE_TRAINING)
def lesson_detail(request: PartnerRequest, course_slug: str, lesson_slug: str) -> HttpResponse:
    """Show a lesson; a POST notes that it was read and leads to the next one, or to the quiz after the last."""
    visible = Lesson.objects.visible_to(request.membership).select_related("course")
    lesson = get_object_or_404(visible, course__slug=course_slug, slug=lesson_slug)
    lessons = list(lesson.course.lessons.defer("body"))
    place = lessons.index(lesson)
    following = lessons[place + 1] if place + 1 < len(lessons) else None
    if request.method == "POST":
        mark_read(lesson=lesson, membership=request.membership, now=timezone.now())
        return redirect(following or lesson.course)
    read = LessonReading.objects.visible_to(request.membership).filter(lesson__course=lesson.course)
    read_ids = set(read.values_list("lesson_id", flat=True))
    context = {
        "course": lesson.course,
        "lesson": lesson,
        "html": as_html(lesson.body),
        "lessons": [(one, one.pk in read_ids) for one in lessons],
        "number": place + 1,
        "previous": lessons[place - 1] if place else None,
        "following": following,
    }
    return render(request, "training/lesson_detail.html", context)
