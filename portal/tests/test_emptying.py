"""What one test wrote for good is not there for the next."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection, transaction

from accounts import audit
from portal.tests import emptying


@pytest.mark.parametrize("large", [emptying.LARGE, 0])
def test_nothing_is_left_of_what_ada_and_the_others_did(transactional_db, cast, monkeypatch, noon, large):
    with transaction.atomic():
        audit.record("member.signed_in", partner_id=None, actor="Ada", at=noon)
    monkeypatch.setattr(emptying, "LARGE", large)
    permissions = Permission.objects.count()

    emptying.empty_tables()

    left = set()
    with connection.cursor() as cursor:
        for name in connection.introspection.django_table_names(only_existing=True):
            cursor.execute(f'SELECT 1 FROM "{name}" LIMIT 1')
            left |= {name} if cursor.fetchone() else set()
    assert left == emptying.STAYS
    assert Permission.objects.count() == permissions
