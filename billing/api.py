"""What programs read about usage: the seats that a period is billed by."""

from datetime import date, datetime

from django.db.models import Max, Q, Sum
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_pages import ListView, PageFilters
from accounts.api_views import ApiView
from accounts.scopes import Scope
from billing.actions.charges import usage_of
from billing.actions.seats import SEAT_RULE, day_of
from billing.forms.usage import LONGEST
from billing.models import SeatDay
from billing.models.seat_day import SeatDayQuerySet
from billing.months import Month
from organizations.models import Organization
from organizations.models.organization import ConnectionState, OrganizationQuerySet


class UsageFilters(PageFilters):
    """The period; both days belong to it (UTC), and it is a year long at most."""

    start_date = serializers.DateField(required=False, help_text="The first day of this month, if left out.")
    end_date = serializers.DateField(required=False, help_text="The last day of this month, if left out.")

    def validate(self, values: dict) -> dict:
        """Fill in the present month, and refuse a period that ends before it begins or has not begun."""
        values = super().validate(values)
        today = day_of(timezone.now())
        month = Month.holding(today)
        start, end = values.setdefault("start_date", month.first), values.setdefault("end_date", month.last)
        if start > end:
            raise serializers.ValidationError({"end_date": "The period ends before it begins."})
        if end - start >= LONGEST:
            raise serializers.ValidationError({"end_date": "Ask for a year at most."})
        if start > today:
            raise serializers.ValidationError({"start_date": "The period begins after today (UTC)."})
        return values


class ClientUsageSerializer(serializers.Serializer):
    """What is billable at one client."""

    id = serializers.UUIDField(source="uuid")
    client_id = serializers.CharField()
    name = serializers.CharField()
    billable = serializers.IntegerField(help_text="Seats on the first day of the period.")
    added_seat_days = serializers.IntegerField(help_text="Seats above those of the first day, each for each day.")


class UsageSerializer(serializers.Serializer):
    """What is billable: a tree whose children are the clients, a page of them at a time.

    Of a calendar month that one plan holds for throughout, `billable` are the seats that its invoice charges for the
    whole month, and `added_seat_days` the days of single seats that it charges pro rata. A month in which a plan
    begins, ends or changes is charged pro rata throughout, each seat for each day of a plan: there the invoice charges
    other figures than these, which tell what was counted.
    """

    start_date = serializers.DateField()
    end_date = serializers.DateField()
    counted_at = serializers.DateTimeField(help_text="When the seats of the first day were counted.", allow_null=True)
    rule = serializers.CharField(help_text="What takes a seat.")
    billable = serializers.IntegerField(help_text="Seats at all clients this key may read, not only at those here.")
    added_seat_days = serializers.IntegerField(help_text="Added seat days at all clients this key may read.")
    next = serializers.URLField(allow_null=True, help_text="The next page of children; null at the end.")
    children = ClientUsageSerializer(many=True)


class BillableUsage(ApiView):
    """The seats of each client on the first day of a period, and what was added after it.

    Where nothing was counted yet in a period that holds today, they are the seats of this moment.
    """

    scope = Scope.BILLING
    serializer_class = UsageSerializer
    filters = UsageFilters
    pagination_class = ListView.pagination_class
    newest_first = False

    def get(self, request: Request) -> Response:
        """Answer the tree. A period that is over and in which nothing was counted is refused."""
        asked, clients = self.asked(), Organization.objects.visible_to(request.auth)
        start, end = asked["start_date"], asked["end_date"]
        page = self.paginate_queryset(clients)
        counted = SeatDay.objects.filter(organization__in=clients).between(start, end)
        if counted.exists():
            facts = _counted(counted, page, start)
        elif end >= day_of(timezone.now()):
            facts = _live(clients, page, timezone.now())
        else:
            raise serializers.ValidationError({"start_date": "No seats were counted in this period."})
        facts |= {"start_date": start, "end_date": end, "rule": SEAT_RULE, "next": self.paginator.next_address}
        return Response(self.get_serializer(facts | {"children": page}).data)


def _counted(counted: SeatDayQuerySet, page: list[Organization], start: date) -> dict:
    usage = usage_of(counted, base_day=start)
    for client in page:
        own = usage.get(client.pk)
        client.billable, client.added_seat_days = (own.base, own.days) if own else (0, 0)
    return {
        "counted_at": counted.filter(day=start).aggregate(at=Max("counted_at"))["at"],
        "billable": sum(one.base for one in usage.values()),
        "added_seat_days": sum(one.days for one in usage.values()),
    }


def _live(clients: OrganizationQuerySet, page: list[Organization], now: datetime) -> dict:
    is_read = ~Q(connection_state=ConnectionState.DISCONNECTED)
    for client in page:
        client.billable = client.users_protected if client.connection_state != ConnectionState.DISCONNECTED else 0
        client.added_seat_days = 0
    seats = clients.aggregate(seats=Sum("users_protected", filter=is_read, default=0))["seats"]
    return {"counted_at": now, "billable": seats, "added_seat_days": 0}
