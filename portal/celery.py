"""Celery as a doorbell: messages carry job ids, the truth is in the rows of `jobs`.

Every value is argued and measured; the reasons stand beside those that look odd.
"""

import os
import resource

from celery import Celery
from celery.signals import worker_process_init
from django.conf import settings
from kombu import Exchange, Queue

from jobs.registry import QUEUES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

# Twice the hard time limit plus margin; an unacknowledged message returns after it.
VISIBILITY_TIMEOUT = 1800

app = Celery("portal")
app.conf.update(
    broker_url=settings.BROKER_URL,
    broker_transport_options={
        "visibility_timeout": VISIBILITY_TIMEOUT,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 3,
        "socket_timeout": 30,
        "socket_keepalive": True,
        "health_check_interval": 25,
    },
    result_backend_transport_options={"visibility_timeout": VISIBILITY_TIMEOUT},
    visibility_timeout=VISIBILITY_TIMEOUT,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    # Late acknowledgement alone loses the task when its process is killed; the second line brings it back.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_acks_on_failure=True,
    task_acks_on_timeout=True,
    worker_prefetch_multiplier=1,
    task_soft_time_limit=8 * 60,
    task_time_limit=10 * 60,
    worker_soft_shutdown_timeout=float(settings.WORKER_SOFT_SHUTDOWN_SECONDS),
    worker_enable_soft_shutdown_on_idle=True,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    worker_max_tasks_per_child=200,
    worker_max_memory_per_child=600_000,
    worker_eta_task_limit=100,
    worker_hijack_root_logger=False,
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    task_create_missing_queues=False,
    task_default_queue="control",
    task_queues=[Queue(name, Exchange(name), routing_key=name) for name in QUEUES],
    task_publish_retry_policy={"max_retries": 3, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.4},
    timezone="UTC",
    enable_utc=True,
    # One tick a minute and nothing else: what users schedule is computed from rows and time zones.
    beat_schedule={
        "tick": {"task": "jobs.tick", "schedule": 60.0, "options": {"expires": 50, "queue": "control"}},
    },
)
app.autodiscover_tasks()


@worker_process_init.connect
def bound_memory(**_) -> None:
    """Let whatever eats memory without end fail in its own process, before the system kills one of its choice."""
    most = settings.WORKER_MEMORY_MB << 20
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
