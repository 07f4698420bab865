"""`manage.py create_partner`: a partner and its first Administrator. Sign-up is closed; companies come in here."""

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.actions.invitations import invite
from accounts.models import Membership, Partner, User
from accounts.models.membership import list_name_of
from accounts.models.user import validate_time_zone
from accounts.roles import Product, Role


class Command(BaseCommand):
    help = "Creates a partner and invites its first Administrator by mail."

    def add_arguments(self, parser) -> None:
        parser.add_argument("name", help="the company's name")
        parser.add_argument("email", help="address of the first Administrator")
        parser.add_argument("first_name")
        parser.add_argument("last_name")
        parser.add_argument("--time-zone", default="UTC", help="for example Europe/Berlin (UTC)")

    def handle(self, *, name: str, email: str, first_name: str, last_name: str, time_zone: str, **options) -> None:
        try:
            validate_email(email)
            validate_time_zone(time_zone)
        except ValidationError as problem:
            raise CommandError(" ".join(problem.messages)) from problem
        if Partner.objects.filter(name__iexact=name).exists():
            raise CommandError(f"There is a partner called {name} already; its Administrators invite further people.")
        with transaction.atomic():
            self._create(name, email, first_name, last_name, time_zone)
        self.stdout.write(f"{name} is created, and the invitation is on its way to {email}.")

    def _create(self, name: str, email: str, first_name: str, last_name: str, time_zone: str) -> None:
        now = timezone.now()
        partner = Partner.objects.create(name=name, time_zone=time_zone)
        audit.record("partner.created", partner_id=partner.pk, actor="Command line", target=partner, at=now)
        staff = User(first_name="Platform", last_name="staff")
        user = User.objects.with_email(email).first() or User.objects.create_user(
            email, None, first_name=first_name, last_name=last_name
        )
        membership = Membership.objects.create(
            user=user,
            partner=partner,
            role=Role.ADMINISTRATOR,
            products=[Product.CLOUD_BACKUP],
            list_name=list_name_of(first_name, last_name),
        )
        invite(membership=membership, first_name=first_name, last_name=last_name, actor=staff, now=now)
