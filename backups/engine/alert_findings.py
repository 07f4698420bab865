"""What alert rules find today, compared with the incidents that are open: two questions, however many clients."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from organizations.models.organization import READABLE, ConnectionState

# Connected once and not ended: whose backups can be too old.
_WATCHED = [*READABLE, ConnectionState.ACCESS_LOST]
# Every rule that is on, with each client it covers; and those of them that are in trouble for long enough, with the
# beginning of the trouble and how many objects fail. A client that never had a good backup counts from its first
# protected item, or its connection where that is later.
_FOUND = """
    WITH pair AS (
        SELECT r.id AS rule_id, r.what, r.reasons, r.at_least, o.id AS organization_id, o.last_good_at,
               o.connection_state, o.items_protected, %(now)s - make_interval(hours => r.hours) AS before
          FROM organizations_alertrule r
          JOIN accounts_partner p ON p.id = r.partner_id AND p.is_active
          JOIN organizations_organization o ON o.partner_id = r.partner_id
         WHERE r.is_on AND (r.covers_all OR EXISTS (
               SELECT 1 FROM organizations_alertrule_organizations c
                WHERE c.alertrule_id = r.id AND c.organization_id = o.id))),
    overdue AS (
        SELECT rule_id, organization_id, before, coalesce(last_good_at, (
               SELECT greatest(min(i.decided_at), (
                      SELECT max(n.connected_at) FROM organizations_connection n
                       WHERE n.organization_id = pair.organization_id AND n.state <> 'DISCONNECTED'))
                 FROM organizations_item i
                WHERE i.organization_id = pair.organization_id AND i.protection = 'PROTECTED')) AS since
          FROM pair
         WHERE what = 'OVERDUE' AND items_protected > 0 AND connection_state = ANY(%(watched)s)
           AND (last_good_at IS NULL OR last_good_at <= before)),
    found AS (
        SELECT rule_id, organization_id, since, 0 AS number FROM overdue WHERE since <= before
         UNION ALL
        SELECT rule_id, organization_id, max(n.problem_at), 0
          FROM pair JOIN organizations_connection n USING (organization_id)
         WHERE what = 'NO_ACCESS' AND n.state = 'ACCESS_LOST' AND n.problem_at <= before
         GROUP BY rule_id, organization_id
         UNION ALL
        SELECT rule_id, organization_id, min(f.first_seen_at), count(*)::int
          FROM pair JOIN backups_failure f USING (organization_id)
         WHERE what = 'FAILURES' AND f.closed_at IS NULL AND f.excluded_at IS NULL AND f.first_seen_at <= before
           AND (cardinality(reasons) = 0 OR f.reason = ANY(reasons))
         GROUP BY rule_id, organization_id, at_least HAVING count(*) >= at_least),
    failing AS (
        SELECT rule_id, organization_id, count(*) FILTER (WHERE f.excluded_at IS NULL) AS counting
          FROM pair JOIN backups_failure f USING (organization_id)
         WHERE what = 'FAILURES' AND f.closed_at IS NULL AND (cardinality(reasons) = 0 OR f.reason = ANY(reasons))
         GROUP BY rule_id, organization_id)
"""
_BEGINNING = """
    SELECT found.* FROM found
     WHERE NOT EXISTS (
           SELECT 1 FROM organizations_incident i
            WHERE i.rule_id = found.rule_id AND i.organization_id = found.organization_id AND i.ended_at IS NULL)
     ORDER BY since LIMIT %(most)s
"""
# Over is not the same as well again: a rule may have been changed, a client have left, or somebody have excluded what
# cannot be saved. As long as some of it counts it is not over, though it be fewer than the rule asks for to begin.
_ENDING = """
    SELECT i.id, CASE i.kind
               WHEN 'OVERDUE' THEN coalesce(pair.last_good_at > i.began_at, false)
               ELSE coalesce(pair.connection_state = ANY(%(readable)s), false) AND failing.rule_id IS NULL END
      FROM organizations_incident i
      LEFT JOIN found ON found.rule_id = i.rule_id AND found.organization_id = i.organization_id
      LEFT JOIN pair ON pair.rule_id = i.rule_id AND pair.organization_id = i.organization_id
      LEFT JOIN failing ON failing.rule_id = i.rule_id AND failing.organization_id = i.organization_id
     WHERE i.ended_at IS NULL AND NOT i.is_built_in AND found.rule_id IS NULL AND coalesce(failing.counting, 0) = 0
     ORDER BY i.id LIMIT %(most)s
"""


@dataclass(frozen=True)
class Finding:
    """Trouble at a client that a rule asks for and no open incident tells of."""

    rule_id: int
    organization_id: int
    since: datetime
    # How many objects cannot be saved, where the rule asks for that.
    number: int


def beginning(now: datetime, *, most: int) -> list[Finding]:
    """Return trouble that nobody was told of, the longest first."""
    return [Finding(*row) for row in _ask(_FOUND + _BEGINNING, now, most)]


def ending(now: datetime, *, most: int) -> list[tuple[int, bool]]:
    """Return (id of an open incident that is over, whether everything is well again)."""
    return _ask(_FOUND + _ENDING, now, most)


def _ask(question: str, now: datetime, most: int) -> list[tuple]:
    values = {
        "now": now,
        "most": most,
        "watched": [str(one) for one in _WATCHED],
        "readable": [str(r) for r in READABLE],
    }
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        return cursor.fetchall()
