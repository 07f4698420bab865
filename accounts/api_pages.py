"""Pages of the API: in the order of ids, with a cursor that says after which one to go on.

Any page costs the same, and rows that come and go meanwhile make none appear twice or be left out.
"""

from django.core import signing
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from accounts.api_views import ApiView, Filters

PAGE_SIZE, PAGE_SIZE_AT_MOST = 100, 500


class PageFilters(Filters):
    """The parameters that every list knows."""

    cursor = serializers.CharField(
        required=False, max_length=200, help_text="Where to go on; taken from `next` of the page before."
    )
    page_size = serializers.IntegerField(
        default=PAGE_SIZE, min_value=1, max_value=PAGE_SIZE_AT_MOST, help_text="How many rows a page has at most."
    )


class CursorPages(BasePagination):
    """Cuts a page out of a query whose rows have ids."""

    def paginate_queryset(self, queryset: QuerySet, request: Request, view: "ListView") -> list:
        """Return the rows of the page that the query of ``request`` asks for. Raises ValidationError."""
        asked, salt = view.asked(), f"api cursor {request.path}"
        if "cursor" in asked:
            try:
                after = signing.loads(asked["cursor"], salt=salt)
            except signing.BadSignature as problem:
                raise serializers.ValidationError({"cursor": ["This is no cursor of this list."]}) from problem
            queryset = queryset.filter(**{f"pk__{'lt' if view.newest_first else 'gt'}": after})
        size = asked["page_size"]
        rows = list(queryset.order_by("-pk" if view.newest_first else "pk")[: size + 1])
        self.next_address = None
        if len(rows) > size:
            cursor = signing.dumps(rows[size - 1].pk, salt=salt)
            self.next_address = replace_query_param(request.build_absolute_uri(), "cursor", cursor)
        return rows[:size]

    def get_paginated_response(self, data: list) -> Response:
        """Return the page and the address of the next one, which is null at the end."""
        return Response({"next": self.next_address, "results": data})

    def get_paginated_response_schema(self, schema: dict) -> dict:
        """Describe the page in the API's document."""
        following = {"type": ["string", "null"], "format": "uri", "description": "The next page; null at the end."}
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {"next": following, "results": schema},
        }


class ListView(ApiView):
    """A list, a page at a time. A view has its rows in ``get_queryset``."""

    filters = PageFilters
    pagination_class = CursorPages
    is_list = True
    newest_first = False

    def get(self, request: Request, **kwargs) -> Response:
        """Answer one page."""
        rows = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)
