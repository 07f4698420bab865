"""Restoring what a test backed up: consent to write, a plan, and a worker that does what is asked for."""

from django.db.models.functions import Now
from django.utils import timezone

from backups.actions.restores import Chosen, Wishes, plan_restore, start_restore
from backups.engine.restore import restore_objects
from backups.engine.restore_counting import count_restore
from backups.models import Container, Restore, RestoreObject
from backups.tests.stocked import Stock
from jobs import claims
from jobs.models import Job
from organizations.actions.source_apps import register_app
from organizations.models import SourceApp
from organizations.permissions import permissions_of

WORK = {"count_restore": count_restore, "restore": restore_objects}


def let_write(tenant, source=None):
    """Consent to the app for restores, at the simulator too where there is one."""
    tenant.restore_consented_at = timezone.now()
    tenant.restore_roles = [one.name for one in permissions_of(SourceApp.Purpose.RESTORE)]
    tenant.save()
    if source is not None:
        source.consent(tenant.tenant_id, source.apps["restore"].client_id)
    return tenant


def stock_to_restore(organization):
    """Return a mailbox to put messages into, of a tenant that consented to the app for restores."""
    register_app(purpose=SourceApp.Purpose.RESTORE, client_id="restores", actor="Ops", now=timezone.now())
    stock = Stock(organization).feed()
    let_write(stock.container.connection)
    return stock


def plan(item, actor, *, kinds=None, chosen=None, target=None, snapshot=None, now=None, **wishes):
    """Plan a restore of the kinds of an item that are kept."""
    containers = Container.objects.filter(item=item).exclude(status=Container.Status.NOT_AVAILABLE).order_by("kind")
    if kinds:
        containers = containers.filter(kind__in=kinds)
    chosen = chosen or [Chosen(one) for one in containers]
    return plan_restore(
        source=item, chosen=chosen, target=target, snapshot=snapshot, actor=actor, now=now or timezone.now(),
        wishes=Wishes(**wishes),
    )  # fmt: skip


def work(restore, clock=timezone.now, *, at_most=200, until=None, **options):
    """Do the jobs of a restore, whatever they wait for, and return it; ``until`` says when to stop before the end."""
    if hasattr(clock, "sleep"):
        options["sleep"] = clock.sleep
    for _ in range(at_most):
        restore.refresh_from_db()
        job = Job.objects.filter(kind__in=WORK, subject_id=restore.pk, state="QUEUED").order_by("pk").first()
        if job is None or (until and until(restore)):
            return restore
        Job.objects.filter(pk=job.pk).update(not_before=Now())
        claim = claims.claim(job.pk)
        told = options if job.kind == "restore" else {k: v for k, v in options.items() if k != "looks_every"}
        WORK[job.kind](restore.pk, claim, clock=clock, **told)
        if not claim.has_ended:
            claim.finish()
    raise AssertionError("The restore never ends.")


def begun(stock, actor, options, **wishes):
    """Plan and start to restore what is in stock, without any of the writing."""
    restore = work(plan(stock.item, actor, **wishes), **options)
    return start_restore(restore=restore, actor=actor, now=timezone.now())


def put_back(item, actor, clock=timezone.now, *, planner=None, options=None, **wishes):
    """Plan, count, start and do a restore to its end; ``planner`` plans it where that is somebody else."""
    restore = work(plan(item, planner or actor, **wishes), clock, **(options or {}))
    assert restore.state == Restore.State.READY, restore.problem
    return work(start_restore(restore=restore, actor=actor, now=clock()), clock, **(options or {}))


def states(restore):
    """Return how many objects are in which state."""
    found = RestoreObject.objects.filter(part__restore=restore).values_list("state", flat=True)
    return {state: list(found).count(state) for state in set(found)}
