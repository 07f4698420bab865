"""The users of clients, and what they share: sites and teams."""

from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_pages import ListView, PageFilters
from accounts.api_views import ApiView, TrueOrFalse
from accounts.scopes import Scope
from backups.models import Container
from organizations.api import client_of
from organizations.models import Item
from organizations.models.organization import BackupStatus

SHARED_KINDS = [(kind.value, kind.label) for kind in (Item.Kind.SITE, Item.Kind.TEAM)]
_SHARED = tuple(kind for kind, _ in SHARED_KINDS)


class ContainerSerializer(serializers.Serializer):
    """One kind of data: mail, a calendar, a drive."""

    kind = serializers.ChoiceField(Container.Kind.choices)
    status = serializers.ChoiceField(Container.Status.choices)
    problem = serializers.CharField(help_text="Why the status is not SUCCESS.")
    last_good_backup_at = serializers.DateTimeField(source="last_good_at", allow_null=True)
    last_tried_at = serializers.DateTimeField(allow_null=True)
    objects_kept = serializers.IntegerField()
    bytes_kept = serializers.IntegerField(help_text="As the source has them, before they were made smaller.")


class ItemSerializer(serializers.Serializer):
    """What users and shared resources have in common."""

    id = serializers.UUIDField(source="uuid")
    client = serializers.UUIDField(source="organization.uuid", help_text="The id of the client it belongs to.")
    name = serializers.CharField()
    protection = serializers.ChoiceField(Item.Protection.choices)
    selected_for_protection = serializers.BooleanField(source="is_chosen")
    backup_status = serializers.ChoiceField(BackupStatus.choices)
    last_good_backup_at = serializers.DateTimeField(source="last_good_at", allow_null=True)
    stored_bytes = serializers.IntegerField()
    first_seen_at = serializers.DateTimeField()
    gone_at = serializers.DateTimeField(allow_null=True, help_text="When it was noticed to be gone from the source.")


class UserSerializer(ItemSerializer):
    """A user, or a shared mailbox."""

    email = serializers.CharField(source="address", help_text="Empty where the source has none.")
    mailbox = serializers.ChoiceField(
        Item.Mailbox.choices, allow_null=True, help_text="What the mailbox is for; null until the source was asked."
    )

    def to_representation(self, item: Item) -> dict:
        """Say null for what is not known yet."""
        return {**super().to_representation(item), "mailbox": item.mailbox or None}


class SharedResourceSerializer(ItemSerializer):
    """A site or a team."""

    type = serializers.ChoiceField(SHARED_KINDS, source="kind")
    address = serializers.CharField(help_text="Of a site, where it is; of a team, its mail address, if any.")


class UserDetailSerializer(UserSerializer):
    """A user with each kind of data."""

    data = ContainerSerializer(source="containers.all", many=True)


class SharedResourceDetailSerializer(SharedResourceSerializer):
    """A site or a team with each kind of data."""

    data = ContainerSerializer(source="containers.all", many=True)


class ItemFilters(PageFilters):
    """Which of them."""

    status = serializers.ChoiceField(BackupStatus.choices, required=False, help_text="Of the newest backup.")
    selected_for_protection = TrueOrFalse(required=False)


class UserFilters(ItemFilters):
    """Which users."""

    email_contains = serializers.CharField(required=False, max_length=254)


class _ItemList(ListView):
    """Lists items of ``kinds``, at one client where the address names one, and at all otherwise."""

    scope = Scope.CLOUD_BACKUP
    kinds: tuple[str, ...]

    def get_queryset(self) -> QuerySet[Item]:
        """Return the items that fit the filters."""
        asked = self.asked()
        items = _items(self.request, self.kinds)
        if "client_uuid" in self.kwargs:
            items = items.filter(organization=client_of(self.request, self.kwargs["client_uuid"]))
        chosen = {
            "backup_status": asked.get("status"),
            "is_chosen": asked.get("selected_for_protection"),
            "address__icontains": asked.get("email_contains"),
        }
        return items.filter(**{name: value for name, value in chosen.items() if value is not None})


class _ItemDetail(ApiView):
    """Answers one item of ``kinds`` at one client."""

    scope = Scope.CLOUD_BACKUP
    kinds: tuple[str, ...]

    def get(self, request: Request, client_uuid: UUID, item_uuid: UUID) -> Response:
        """Answer it with each kind of data."""
        self.asked()
        items = _items(request, self.kinds).filter(organization=client_of(request, client_uuid))
        containers = Prefetch("containers", Container.objects.in_order())
        return Response(self.get_serializer(get_object_or_404(items.prefetch_related(containers), uuid=item_uuid)).data)


class UserList(_ItemList):
    """The users and shared mailboxes of one client."""

    kinds = (Item.Kind.USER,)
    serializer_class = UserSerializer
    filters = UserFilters


class UserOfEveryClientList(UserList):
    """The users and shared mailboxes of all clients this key may read."""


class UserDetail(_ItemDetail):
    """One user or shared mailbox, with each kind of data."""

    kinds = UserList.kinds
    serializer_class = UserDetailSerializer


class SharedResourceList(_ItemList):
    """The sites and teams of one client."""

    kinds = _SHARED
    serializer_class = SharedResourceSerializer
    filters = ItemFilters


class SharedResourceDetail(_ItemDetail):
    """One site or team, with each kind of data."""

    kinds = _SHARED
    serializer_class = SharedResourceDetailSerializer


def _items(request: Request, kinds: tuple[str, ...]) -> QuerySet[Item]:
    return Item.objects.visible_to(request.auth).filter(kind__in=kinds).select_related("organization")
