"""Where the pages about a client's people are, and what is typed there."""

from django.urls import reverse

from notifications.models import OutgoingEmail

DANAS_EMAIL = "dana.whitfield@acme.example"


def page(name, organization, *arguments):
    return reverse(f"organizations:{name}", args=[organization.uuid, *arguments])


def person(member, name="organization_user_edit", *arguments):
    return page(name, member.organization, member.uuid, *arguments)


def typed(**changes):
    return {"first_name": "Dana", "last_name": "Whitfield", "email": DANAS_EMAIL, **changes}


def kinds_of_mail():
    return list(OutgoingEmail.objects.order_by("id").values_list("kind", flat=True))
