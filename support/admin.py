"""Support as platform staff sees it: the queue of tickets, contacts of partners, canned answers, mails that came in."""

from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone

from accounts.access import takes_up_to
from accounts.read_only_admin import ReadOnlyAdmin
from organizations.views.figure_words import moment_words, since_words
from support.actions.canned_answers import delete_canned_answer, save_canned_answer
from support.actions.contacts import delete_contact, save_contact
from support.actions.tickets import assign_ticket
from support.answer_times import weeks_of_answers
from support.desk import ticket_desk
from support.kinds import REQUEST_BYTES_AT_MOST
from support.models import Attachment, CannedAnswer, Contact, ReceivedMail, Ticket
from support.models.numbers import row_number
from support.models.ticket import PRIORITY_RANK
from support.views.attachments import file_answer


class HandlingFilter(admin.SimpleListFilter):
    """Whose tickets; those that wait for nobody any more are shown on request."""

    title = "queue"
    parameter_name = "queue"

    def lookups(self, request, model_admin) -> list[tuple[str, str]]:
        return [("mine", "Open, mine"), ("nobody", "Open, nobody’s"), ("ended", "Solved and closed"), ("all", "All")]

    def choices(self, changelist):
        """Yield the choices; the first one is what is shown when nothing was chosen."""
        first, *others = super().choices(changelist)
        yield {**first, "display": "Open"}
        yield from others

    def queryset(self, request, queryset):
        match self.value():
            case "mine":
                return queryset.unsettled().filter(assignee=request.user)
            case "nobody":
                return queryset.unsettled().filter(assignee=None)
            case "ended":
                return queryset.exclude(ended_at=None)
            case "all":
                return queryset
        return queryset.unsettled()


@admin.register(Ticket)
class TicketAdmin(ReadOnlyAdmin):
    """The queue, the most urgent first and among those whoever has waited longest. Opening one leads to its desk."""

    list_display = (
        "case", "subject", "partner", "asked_by", "state", "priority", "assignee", "last_word", "first_answer",
        "resolution",
    )  # fmt: skip
    list_display_links = ("case", "subject")
    list_filter = (HandlingFilter, "state", "priority", "topic", "partner")
    list_select_related = ("partner", "assignee")
    search_fields = ("=id", "subject", "requester_name", "partner__name")
    actions = ("assign_to_me",)

    def get_ordering(self, request: HttpRequest) -> tuple:
        return (PRIORITY_RANK.desc(), "last_word_at", "pk")

    def get_urls(self) -> list:
        wrap = self.admin_site.admin_view
        return [
            path("times/", wrap(self.times_view), name="support_ticket_times"),
            path("file/<uuid:attachment_uuid>/", wrap(self.file_view), name="support_ticket_file"),
            *super().get_urls(),
        ]

    @takes_up_to(REQUEST_BYTES_AT_MOST)
    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context=None) -> HttpResponse:
        """Show the desk of one ticket instead of a form of its columns."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = Ticket.objects.select_related("partner", "organization", "assignee", "requester")
        ticket = get_object_or_404(found, pk=row_number(object_id))
        context = {**self.admin_site.each_context(request), "opts": self.opts}
        return ticket_desk(request, ticket, admin_context=context, may_change=self._may_answer(request))

    def times_view(self, request: HttpRequest) -> HttpResponse:
        """Show how quickly partners are answered, week by week."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Answer times",
            "weeks": weeks_of_answers(timezone.now()),
        }
        return TemplateResponse(request, "admin/support/answer_times.html", context)

    def file_view(self, request: HttpRequest, attachment_uuid: UUID) -> HttpResponse:
        """Hand out a file of any ticket, those of notes too."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return file_answer(get_object_or_404(Attachment, uuid=attachment_uuid))

    @admin.display(description="Case", ordering="pk")
    def case(self, ticket: Ticket) -> str:
        return f"#{ticket.number}"

    @admin.display(description="Asked by", ordering="requester_name")
    def asked_by(self, ticket: Ticket) -> str:
        return f"{ticket.requester_name}, {ticket.get_requester_role_display()}"

    @admin.display(description="Last word", ordering="last_word_at")
    def last_word(self, ticket: Ticket) -> str:
        return moment_words(ticket.last_word_at, timezone.now())

    @admin.display(description="First answer")
    def first_answer(self, ticket: Ticket) -> str:
        if ticket.first_answered_at:
            return since_words(ticket.created_at, ticket.first_answered_at)
        return f"waits {since_words(ticket.created_at, timezone.now())}" if not ticket.is_ended else "–"

    @admin.display(description="Settled after")
    def resolution(self, ticket: Ticket) -> str:
        return since_words(ticket.created_at, ticket.ended_at) if ticket.ended_at else "–"

    @admin.action(description="Give them to me")
    def assign_to_me(self, request: HttpRequest, queryset: QuerySet[Ticket]) -> None:
        if not self._may_answer(request):
            raise PermissionDenied
        for ticket in queryset:
            assign_ticket(ticket=ticket, assignee=request.user, actor=request.user, now=timezone.now())
        self.message_user(request, "They are yours now.", messages.SUCCESS)

    def has_view_permission(self, request: HttpRequest, obj: Ticket | None = None) -> bool:
        return request.user.is_staff and request.user.has_perm("support.view_ticket")

    def _may_answer(self, request: HttpRequest) -> bool:
        return request.user.has_perm("support.change_ticket")


@admin.register(Contact)
class ContactAdmin(admin.ModelAdmin):
    """Whom partners may call. Without a partner a contact is that of everybody who has no own one."""

    list_display = ("function", "name", "partner", "email", "phone", "hours", "time_zone")
    list_filter = ("function", "partner")
    list_select_related = ("partner",)
    search_fields = ("name", "email", "partner__name")

    def save_model(self, request, obj, form, change) -> None:
        save_contact(contact=obj, actor=request.user, now=timezone.now())

    def delete_model(self, request, obj) -> None:
        delete_contact(contact=obj, actor=request.user, now=timezone.now())

    def delete_queryset(self, request, queryset) -> None:
        for contact in queryset:
            self.delete_model(request, contact)


@admin.register(CannedAnswer)
class CannedAnswerAdmin(admin.ModelAdmin):
    list_display = ("title",)
    search_fields = ("title", "body")

    def save_model(self, request, obj, form, change) -> None:
        save_canned_answer(canned=obj, actor=request.user, now=timezone.now())

    def delete_model(self, request, obj) -> None:
        delete_canned_answer(canned=obj, actor=request.user, now=timezone.now())

    def delete_queryset(self, request, queryset) -> None:
        for canned in queryset:
            self.delete_model(request, canned)


@admin.register(ReceivedMail)
class ReceivedMailAdmin(ReadOnlyAdmin):
    """What became of mails that came in, with nothing of what they said."""

    list_display = ("received_at", "sender", "ticket", "outcome", "reason")
    list_filter = ("outcome",)
    list_select_related = ("ticket",)
    ordering = ("-received_at", "-id")
