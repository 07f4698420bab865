"""Telling people, once, that a certificate of theirs is due again."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Membership, User
from jobs.requests import request_job
from notifications import training_emails
from notifications.models import EmailPreference
from notifications.preferences import gets_category
from training.models import Certificate, Course
from training.models.certificate import NOTICE, day_everywhere

JOB = "mail_certificate_due"
# So many at a tick: a company that was taught on one day does not hold up other mails a year later.
BATCH = 200


def request_due_reminders(now: datetime) -> None:
    """Ask for a reminder for each certificate that ends within the notice; asking twice changes nothing."""
    due = _to_be_told(now).order_by("valid_until", "id")
    for certificate_id in due.values_list("pk", flat=True)[:BATCH]:
        request_job(JOB, subject_id=certificate_id, at=now, key=f"{JOB}:{certificate_id}")


@transaction.atomic
def remind_of_certificate(*, certificate_id: int, now: datetime) -> None:
    """Mail the person that the course is due again, unless that is settled already or cannot be told now.

    It is settled without a mail where the person was certified anew.
    """
    waiting = _to_be_told(now).select_for_update(of=("self",)).select_related("course", "user")
    certificate = waiting.filter(pk=certificate_id).first()
    if certificate is None:
        return
    where = {"user_id": certificate.user_id, "partner_id": certificate.partner_id, "course_id": certificate.course_id}
    if certificate == Certificate.objects.good().filter(**where).newest_first().first():
        _mail(certificate)
    certificate.due_told_at = now
    certificate.save(update_fields=["due_told_at"])


def _to_be_told(now: datetime) -> QuerySet[Certificate]:
    """Return the certificates in their last days whose people nobody has told, and may be told now.

    The mail says that the quiz is open again, so that day has to have begun wherever the person is. What passes (a
    course that is being changed, somebody who is not active or wants no such mails) settles nothing.
    """
    today = day_everywhere(now)
    wanting = User.objects.filter(gets_category(EmailPreference.Category.DUE_AGAIN), pk=OuterRef("user_id"))
    members = Membership.objects.of_staff().usable()
    here = members.filter(user_id=OuterRef("user_id"), partner_id=OuterRef("partner_id"))
    untold = Certificate.objects.good().filter(due_told_at=None, valid_until__range=(today, today + NOTICE))
    return untold.filter(Exists(wanting), Exists(here), course__is_published=True)


def _mail(certificate: Certificate) -> None:
    course: Course = certificate.course
    training_emails.certificate_due(
        to=certificate.user.email,
        name=certificate.user.first_name,
        user_id=certificate.user_id,
        course=course.title,
        valid_until=certificate.valid_until,
        course_url=settings.BASE_URL + course.get_absolute_url(),
        key=f"certificate-due:{certificate.uuid}",
    )
