"""`manage.py demo`: a partner with people and clients to try the product with. Development only."""

import secrets

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

import sealing
from accounts import audit
from accounts.actions.members import create_member
from accounts.models import Membership, Partner, User
from accounts.models.membership import list_name_of
from accounts.roles import Product, Role
from jobs.requests import request_job
from organizations.actions.organizations import create_organization
from organizations.models import Organization, SourceApp
from portal.demo_billing import furnish_billing
from portal.demo_news import furnish_news
from portal.demo_payments import pay_invoices
from portal.demo_people import DEMO_PEOPLE
from portal.demo_support import furnish_support
from portal.demo_tenants import connect_clients
from portal.demo_training import furnish_training
from portal.demo_trouble import spoil

PARTNER = "Northwind IT"
CLIENTS = (
    ("Acme Dental", "Bath"), ("Bolt Bakery", "Bristol"), ("Cobalt Law", "London"), ("Dune Architects", "Leeds"),
    ("Elm Street Vets", "York"), ("Fjord Shipping", "Hull"), ("Grange Farms", "Hereford"), ("Harbour Hotel", "Poole"),
    ("Ironbridge Fabrication", "Telford"), ("Juniper Gin", "Perth"), ("Kestrel Aviation", "Exeter"),
    ("Linden School", "Derby"), ("Maple Care Homes", "Stoke"), ("Nimbus Weather", "Reading"), ("Oak & Sons", "Luton"),
    ("Pike Surveyors", "Lincoln"), ("Quill Press", "Oxford"), ("Rowan Charity", "Cardiff"), ("Slate Roofing", "Bangor"),
    ("Tern Travel", "Dover"), ("Umber Paints", "Crewe"), ("Vale Logistics", "Swindon"), ("Wren Textiles", "Bolton"),
    ("Yarrow Clinic", "Durham"),
)  # fmt: skip
_ROLES = {"Administrator": Role.ADMINISTRATOR, "Accountant": Role.ACCOUNTANT, "Basic": Role.BASIC}


class Command(BaseCommand):
    help = (
        "Furnishes the demo, once: Northwind IT, its people and two dozen client organizations. Tells the simulator at "
        "every call what fails."
    )

    def handle(self, **options) -> None:
        if settings.MODE == "production":
            raise CommandError("The demo has known passwords and is refused in production.")
        if not Partner.objects.filter(name=PARTNER).exists():
            with transaction.atomic():
                self._furnish()
            self.stdout.write(f"The demo is furnished: {PARTNER} with {len(CLIENTS)} client organizations.")
        if settings.SIMULATOR_URL:
            spoil()

    def _furnish(self) -> None:
        now = timezone.now()
        partner = Partner.objects.create(
            name=PARTNER, address="14 Harbour Row", postal_code="BS1 4TH", city="Bristol", country="GB",
            phone="020 7946 0182", time_zone="Europe/London",
        )  # fmt: skip
        audit.record("partner.created", partner_id=partner.pk, actor="Demo", target=partner, at=now)
        people = {person.email: self._person(person) for person in DEMO_PEOPLE}
        ada = people[DEMO_PEOPLE[0].email]
        organizations = self._clients(partner, ada, now)
        staff = people[DEMO_PEOPLE[-1].email]
        invoices = furnish_billing(partner=partner, clients=organizations, staff=staff, now=now)
        pay_invoices(invoices, staff=staff)
        for person in DEMO_PEOPLE:
            self._membership(person, people[person.email], partner, organizations[0], now)
        staff = {person.first_name: people[person.email] for person in DEMO_PEOPLE if person.is_of_partner}
        furnish_support(
            partner=partner,
            people=staff,
            clients=organizations,
            staff=people[DEMO_PEOPLE[-1].email],
            now=now,
        )
        furnish_training(partner=partner, people=staff, now=now)
        furnish_news(staff=people[DEMO_PEOPLE[-1].email], now=now)
        create_member(
            partner=partner, first_name="Dana", last_name="Whitfield", email="dana.whitfield@northwind.example",
            role=Role.BASIC, products=[Product.CLOUD_BACKUP], actor=ada, now=now,
        )  # fmt: skip

    def _clients(self, partner: Partner, ada: User, now) -> list[Organization]:
        organizations = [
            create_organization(
                partner=partner, values={"name": name, "city": city, "country": "GB", "phone": f"020 7946 {number:04}"},
                actor=ada, now=now,
            )
            for number, (name, city) in enumerate(CLIENTS, start=301)
        ]  # fmt: skip
        if settings.SIMULATOR_URL:
            backup = SourceApp.objects.get(purpose=SourceApp.Purpose.BACKUP)
            connect_clients(organizations, client_id=backup.client_id, actor=ada)
            for organization in organizations:
                if organization.connections.exists():
                    request_job("furnish_demo", subject_id=organization.pk, at=now)
        return organizations

    def _person(self, person) -> User:
        user = User.objects.create_user(
            person.email,
            person.password,
            first_name=person.first_name,
            last_name=person.last_name,
            is_staff=person.role == "Platform staff",
            is_superuser=person.role == "Platform staff",
        )
        if person.door == "/login/":
            secret = "".join(secrets.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(32))
            Authenticator.objects.create(
                user=user,
                type=Authenticator.Type.TOTP,
                data={"secret": sealing.seal(secret, purpose="second factor")},
            )
        return user

    def _membership(self, person, user: User, partner: Partner, first_client: Organization, now) -> None:
        role = _ROLES.get(person.role.partition(" ")[0])
        fields = {"user": user, "partner": partner, "joined_at": now}
        fields["list_name"] = list_name_of(person.first_name, person.last_name)
        if role:
            products = [] if role == Role.ACCOUNTANT else [Product.CLOUD_BACKUP]
            Membership.objects.create(role=role, products=products, **fields)
        elif person.role.startswith("Organization user"):
            Membership.objects.create(organization=first_client, role=Role.ORGANIZATION_USER, **fields)
