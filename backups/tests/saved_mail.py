"""The mailbox of one person, backed up from the simulator with messages that are told apart, and made searchable."""

from backups.tests.backing_up import back_up, protect
from backups.tests.indexing import index_all
from backups.tests.looks import connected, look


def save_mail(source, acme, clock, *operations):
    """Back up the ordinary user's mail of a new tenant of Acme's with some more messages; return the connection."""
    tenant = connected(source, acme, size={"users": 2})
    look(tenant)
    person = source.control(f"/tenants/{tenant.tenant_id}")["user_upn"]
    told = (
        {"op": "receive_mail", "subject": "Implant invoice 2203", "recipe": "script"},
        {"op": "receive_mail", "subject": "Lunch on Friday", "body": "The implant can wait."},
        *operations,
    )
    source.mutate(tenant.tenant_id, *({"user": person} | one for one in told))
    assert protect(tenant, person) == 1
    back_up(tenant, clock)
    index_all(tenant)
    return tenant
