"""Alive and ready, in states only."""

from datetime import timedelta

from django.utils import timezone

from jobs.models import Canary
from jobs.tasks import tick


def test_alive_is_one_word(client, db):
    assert client.get("/health/live/").content == b"alive\n"


def test_ready_tells_the_state_of_each_part(client, db):
    before = client.get("/health/ready/").json()
    tick()

    assert before == {"database": "ok", "cache": "ok", "worker": "late"}
    assert client.get("/health/ready/").json()["worker"] == "ok"


def test_a_canary_of_four_minutes_ago_is_late(client, db):
    Canary.objects.create()
    Canary.objects.update(seen_at=timezone.now() - timedelta(minutes=4))

    assert client.get("/health/ready/").json()["worker"] == "late"


def test_a_cache_that_is_away_makes_it_not_ready(client, db, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }

    answer = client.get("/health/ready/")

    assert (answer.status_code, answer.json()["cache"]) == (503, "down")
