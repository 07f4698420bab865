"""Looking what a client's service holds: users, mailboxes, groups, teams, sites.

A look is a job in slices. Whatever ends a slice (its time, a pause, a kill), the next one goes on from the cursors that
were stored together with what they close; whatever a second worker does at the same time, only one of them commits.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError
from django.utils import timezone

import sealing
from backups.connectors.base import AccessRevoked, ConnectorError, CredentialRefused, ProviderBusy
from backups.connectors.microsoft365.directory import PAGE_SIZE
from backups.engine import look_endings
from backups.engine.access import graph_of
from backups.engine.feeds import read
from backups.engine.group_feed import GroupFeed
from backups.engine.group_members import refresh_members
from backups.engine.look import Disconnected, Look, SliceOver, begin
from backups.engine.site_feed import SiteFeed
from backups.engine.user_feed import UserFeed, ask_mailboxes
from jobs.claims import Claim

FEEDS = (UserFeed, GroupFeed, SiteFeed)
# PostgreSQL's codes for a lock that did not come free in time and for two that wait for each other.
_LOCKED = ("55P03", "40P01")
_SHORTLY = timedelta(seconds=15)


def discover(
    connection_id: int,
    claim: Claim,
    *,
    clock: Callable[[], datetime] = timezone.now,
    sleep: Callable[[float], None] = time.sleep,
    accepts_shrinking: bool = False,
    page_size: int = PAGE_SIZE,
) -> None:
    """Look once, or for as long as one slice lasts. ``accepts_shrinking`` believes also a listing that lacks much.

    Raises `LeaseLost` where another worker has taken over.
    """
    look = begin(connection_id, claim, clock=clock, accepts_shrinking=accepts_shrinking, page_size=page_size)
    if look is None:
        return
    try:
        with graph_of(look.connection, now=clock(), clock=clock, sleep=sleep) as (look.graph, tokens):
            look.roles = tokens.get().roles
            _read_everything(look)
        look_endings.complete(look)
    except SliceOver:
        claim.try_again(after=timedelta(), because="")
    except ProviderBusy as busy:
        look_endings.wait(look, busy)
    except Disconnected:
        look_endings.leave(look)
    except AccessRevoked as problem:
        look_endings.lose_access(look, str(problem))
    except (CredentialRefused, sealing.CannotUnseal) as problem:
        look_endings.stop(look, _for_the_operator(problem))
    except ConnectorError as problem:
        look_endings.stop(look, str(problem))
    except OperationalError as problem:
        if getattr(problem.__cause__, "pgcode", "") not in _LOCKED:
            raise
        claim.try_again(after=_SHORTLY, because="Somebody else was changing the same client.")


def _read_everything(look: Look) -> None:
    for feed in FEEDS:
        read(look, feed())
    ask_mailboxes(look)
    refresh_members(look)


def _for_the_operator(problem: Any) -> str:
    # Nothing the client did or can repair.
    return f"{problem} This is for the operator of Portico to repair; the client has to do nothing."
