"""Is it alive, is it ready: for load balancers and for the launcher."""

from datetime import timedelta

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from redis.exceptions import RedisError

from accounts.access import open_page
from jobs.models import Canary

CANARY_IS_LATE_AFTER = timedelta(minutes=3)


@open_page
def live(request: HttpRequest) -> HttpResponse:
    """Answer 200 as long as the process serves requests at all."""
    return HttpResponse("alive\n", content_type="text/plain")


@open_page
def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 when database and cache answer; else 503. The worker's state is told, but fails nothing.

    Says states only, never addresses or versions.
    """
    states = {"database": _database_answers(), "cache": _cache_answers()}
    is_ready = all(states.values())
    worker = _worker_is_on_time() if states["database"] else False
    named = {name: "ok" if good else "down" for name, good in states.items()}
    return JsonResponse(named | {"worker": "ok" if worker else "late"}, status=200 if is_ready else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    except DatabaseError:
        return False


def _cache_answers() -> bool:
    try:
        cache.get("health")
        return True
    except (RedisError, OSError):
        return False


def _worker_is_on_time() -> bool:
    newest = Canary.objects.order_by("-seen_at").values_list("seen_at", flat=True).first()
    return newest is not None and timezone.now() - newest < CANARY_IS_LATE_AFTER
