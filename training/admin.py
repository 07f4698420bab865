"""Courses as platform staff writes them, and the certificates that were given.

A published course and one that ships with the product are there to read; nothing that somebody passed is deleted.
"""

from collections.abc import Callable

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from accounts.read_only_admin import ReadOnlyAdmin
from training.actions.certificates import withdraw_certificate
from training.actions.courses import CourseClosed, CourseNotReady, publish_course, save_course, withdraw_course
from training.forms.courses import ChoiceFormSet, CourseForm, LessonForm, QuestionForm, ReasonForm
from training.models import Certificate, Choice, Course, Lesson, Question


def _may_be_edited(course: Course | None) -> bool:
    return course is None or not (course.is_published or course.is_shipped)


class LessonRows(admin.StackedInline):
    model = Lesson
    form = LessonForm
    extra = 0
    prepopulated_fields = {"slug": ("title",)}


@admin.register(Course)
class CourseAdmin(admin.ModelAdmin):
    """All courses. To change a published one, withdraw it first; to teach something else, write another."""

    form = CourseForm
    inlines = (LessonRows,)
    list_display = ("title", "product", "is_published", "is_shipped", "version", "lessons", "questions", "certificates")
    list_filter = ("product", "is_published")
    search_fields = ("title",)
    ordering = ("position", "title")
    actions = ("publish", "withdraw")
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Course]:
        return (
            super()
            .get_queryset(request)
            .annotate(
                lessons_in_all=Count("lessons", distinct=True),
                questions_in_all=Count("questions", distinct=True),
                certificates_in_all=Count("certificates", distinct=True),
            )
        )

    def get_prepopulated_fields(self, request: HttpRequest, obj: Course | None = None) -> dict:
        return {"slug": ("title",)} if obj is None else {}

    def get_readonly_fields(self, request: HttpRequest, obj: Course | None = None) -> tuple[str, ...]:
        return () if obj is None else ("slug",)

    @admin.display(description="Ships with the product", boolean=True)
    def is_shipped(self, course: Course) -> bool:
        return course.is_shipped

    @admin.display(description="Lessons")
    def lessons(self, course: Course) -> int:
        return course.lessons_in_all

    @admin.display(description="Questions")
    def questions(self, course: Course) -> int:
        return course.questions_in_all

    @admin.display(description="Certificates")
    def certificates(self, course: Course) -> int:
        return course.certificates_in_all

    @admin.action(description="Publish these courses", permissions=["publish"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Course]) -> None:
        self._each(request, queryset, publish_course, "is published")

    @admin.action(description="Withdraw these courses", permissions=["publish"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Course]) -> None:
        self._each(request, queryset, withdraw_course, "is withdrawn")

    def _each(self, request: HttpRequest, queryset: QuerySet[Course], act: Callable, done: str) -> None:
        for course in queryset:
            try:
                act(course=course, actor=request.user, now=timezone.now())
            except CourseNotReady as problem:
                self.message_user(request, str(problem), messages.ERROR)
            else:
                self.message_user(request, f"“{course}” {done}.", messages.SUCCESS)

    def changeform_view(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except CourseClosed as problem:
            self.message_user(request, str(problem), messages.ERROR)
            return HttpResponseRedirect(request.path)

    def save_model(self, request: HttpRequest, obj: Course, form, change: bool) -> None:
        save_course(course=obj, actor=request.user, now=timezone.now())

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("training.change_course")

    def has_change_permission(self, request: HttpRequest, obj: Course | None = None) -> bool:
        return super().has_change_permission(request, obj) and _may_be_edited(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Course | None = None) -> bool:
        return False


class ChoiceRows(admin.TabularInline):
    model = Choice
    formset = ChoiceFormSet
    fields = ("text", "is_right")
    extra = 4
    max_num = 8


@admin.register(Question)
class QuestionAdmin(admin.ModelAdmin):
    """The questions of all courses, each with its choices."""

    form = QuestionForm
    inlines = (ChoiceRows,)
    list_display = ("text", "course", "lesson")
    list_filter = ("course",)
    list_select_related = ("course", "lesson")
    search_fields = ("text",)
    ordering = ("course__position", "course__title", "position")
    show_full_result_count = False

    def has_change_permission(self, request: HttpRequest, obj: Question | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or _may_be_edited(obj.course))

    def has_delete_permission(self, request: HttpRequest, obj: Question | None = None) -> bool:
        # The list deletes without asking for each row.
        return obj is not None and super().has_delete_permission(request, obj) and _may_be_edited(obj.course)


@admin.register(Certificate)
class CertificateAdmin(ReadOnlyAdmin):
    """Read, and withdraw one that should not have been given."""

    list_display = ("number", "person_name", "partner_name", "course_title", "issued_on", "valid_until", "withdrawn_at")
    list_filter = ("course", "partner")
    search_fields = ("number", "person_name", "partner_name")
    ordering = ("-issued_at", "-id")
    # Not the link of the paper: whoever has it was given it by the person.
    fields = (
        "number", "person_name", "partner_name", "course_title", "right", "asked", "issued_on", "valid_until",
        "withdrawn_at", "withdrawn_because",
    )  # fmt: skip
    action_form = ReasonForm
    actions = ("withdraw",)

    @admin.action(description="Withdraw these certificates (say the reason)", permissions=["withdraw"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Certificate]) -> None:
        reason = request.POST.get("reason", "").strip()[:300]
        if not reason:
            self.message_user(request, "Say the reason; the company reads it in its log.", messages.ERROR)
            return
        for certificate in queryset:
            withdraw_certificate(certificate=certificate, reason=reason, actor=request.user, now=timezone.now())
        self.message_user(request, "The certificates are withdrawn.", messages.SUCCESS)

    def has_withdraw_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("training.change_certificate")
