"""Taking the quiz of a course."""

from random import SystemRandom
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import PartnerRequest, partner_page
from accounts.roles import Can
from training.actions.attempts import AlreadyCertified, CourseWithdrawn, hand_in, start_attempt
from training.forms.quiz import QuizForm
from training.models import Attempt, Course, Lesson


@partner_page(Can.TAKE_TRAINING)
@require_POST
def attempt_start(request: PartnerRequest, course_slug: str) -> HttpResponse:
    """Begin the quiz, or go on with the one that is open."""
    course = get_object_or_404(Course.objects.visible_to(request.membership), slug=course_slug)
    try:
        attempt = start_attempt(
            course=course, membership=request.membership, shuffled=SystemRandom(), now=timezone.now()
        )
    except AlreadyCertified as problem:
        messages.info(request, str(problem))
        return redirect(course)
    except CourseWithdrawn as problem:
        return _withdrawn(request, problem)
    return redirect(attempt)


@partner_page(Can.TAKE_TRAINING)
def attempt_detail(request: PartnerRequest, attempt_uuid: UUID) -> HttpResponse:
    """Ask the questions and take the answers; once they were handed in, show what came of it."""
    visible = Attempt.objects.visible_to(request.membership).select_related("course")
    attempt = get_object_or_404(visible, uuid=attempt_uuid)
    if attempt.handed_in_at is not None:
        # Sent twice, or looked at again: it was judged once.
        return redirect(attempt) if request.method == "POST" else _result(request, attempt)
    form = QuizForm(request.POST if request.method == "POST" else None, attempt=attempt)
    if request.method == "POST" and form.is_valid():
        try:
            hand_in(attempt=attempt, answers=form.answers(), membership=request.membership, now=timezone.now())
        except CourseWithdrawn as problem:
            return _withdrawn(request, problem)
        return redirect(attempt)
    context = {"attempt": attempt, "course": attempt.course, "form": form}
    return render(request, "training/attempt_detail.html", context, status=422 if form.errors else 200)


def _result(request: PartnerRequest, attempt: Attempt) -> HttpResponse:
    here = Lesson.objects.visible_to(request.membership).filter(course=attempt.course).select_related("course")
    lessons = {lesson.slug: lesson for lesson in here.defer("body")}
    context = {
        "attempt": attempt,
        "course": attempt.course,
        "wrong": [
            (number, question, lessons.get(question["lesson"])) for number, question in attempt.wrong_questions()
        ],
        "certificate": getattr(attempt, "certificate", None),
    }
    return render(request, "training/attempt_result.html", context)


def _withdrawn(request: PartnerRequest, problem: CourseWithdrawn) -> HttpResponse:
    messages.warning(request, str(problem))
    return redirect("training:course_list")
