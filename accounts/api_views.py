"""What every view of the API is made of: a scope, filters that are checked, and answers nobody keeps."""

from functools import cached_property

from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scopes import Scope


class Filters(serializers.Serializer):
    """What may stand in the query of a view. Anything else is refused: a filter with a typing error would show all."""

    def validate(self, values: dict) -> dict:
        """Refuse what is unknown, said twice, or empty: that is a program whose variable was not set."""
        given = dict(self.initial_data.lists())
        wrong = {name: "There is no such parameter here." for name in given if name not in self.fields}
        wrong |= {name: "Give it a value, or leave it out." for name, all_said in given.items() if "" in all_said}
        wrong |= {name: "Say this once." for name, all_said in given.items() if len(all_said) > 1}
        if wrong:
            raise serializers.ValidationError(wrong)
        return values


class TrueOrFalse(serializers.BooleanField):
    """A filter that is said with ``true`` or ``false``; where it is left out, it is not there."""

    TRUE_VALUES, FALSE_VALUES = frozenset({"true"}), frozenset({"false"})
    default_error_messages = {"invalid": "Say true or false."}
    # A box of a form that was not ticked is false; a parameter that was not said is neither.
    default_empty_html = serializers.empty


class ApiView(GenericAPIView):
    """A view of the API: it reads, it declares its ``scope`` and its ``filters``, and nothing keeps its answers.

    ``is_list`` tells the document whether it answers one object or a page of them.
    """

    scope: Scope
    filters: type[Filters] = Filters
    is_list = False
    http_method_names = ("get", "head", "options")

    @classmethod
    def as_view(cls, **options):
        """Return the view, which says with what it opens as every door does."""
        view = super().as_view(**options)
        view.opens_with = cls.scope
        return view

    def check_permissions(self, request: Request) -> None:
        """Count the call before it may be refused: a key without the scope asks no oftener than another."""
        super().check_throttles(request)
        super().check_permissions(request)

    def check_throttles(self, request: Request) -> None:
        """Do nothing: the call is counted already."""

    def asked(self) -> dict:
        """Return what the query says, checked once. Raises ValidationError."""
        return self._asked

    @cached_property
    def _asked(self) -> dict:
        filters = self.filters(data=self.request.query_params)
        filters.is_valid(raise_exception=True)
        return filters.validated_data

    def finalize_response(self, *args, **kwargs) -> Response:
        """Keep the answer out of caches: it belongs to one key."""
        response = super().finalize_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-store"
        return response
