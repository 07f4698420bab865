import pytest
from django.db import transaction

from jobs.alone import each_alone
from jobs.models import Job


@pytest.mark.django_db
def test_what_fails_for_one_is_undone_and_said_and_the_others_are_done(noon, caplog):
    @transaction.atomic
    def ask(subject):
        Job.objects.create(kind="test", queue="control", subject_id=subject, requested_at=noon, not_before=noon)
        return 6 // subject

    assert each_alone([1, 0, 3], ask) == [6, 2]

    assert sorted(Job.objects.values_list("subject_id", flat=True)) == [1, 3]
    assert "failed for 0" in caplog.text
