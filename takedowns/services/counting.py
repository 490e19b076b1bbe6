"""The counts a complaint shows: of what took effect, so that a decision that can still be undone is told to nobody."""

from __future__ import annotations

from django.db import connection

RECOUNT = """
    UPDATE takedowns_complaint c
    SET accepted_count = n.accepted, rejected_count = n.rejected, withdrawn_count = n.withdrawn, removed_count = n.removed,
        disputed_count = n.disputed, upheld_count = n.upheld, overturned_count = n.overturned
    FROM (SELECT count(*) FILTER (WHERE status IN ('accepted', 'countered', 'contested') AND effective_at IS NOT NULL
                                     OR status = 'upheld' OR status = 'overturned' AND ending <> 'overturned') AS accepted,
                 count(*) FILTER (WHERE status IN ('countered', 'contested')
                                     OR status IN ('upheld', 'overturned') AND settled_at IS NULL) AS disputed,
                 count(*) FILTER (WHERE status IN ('upheld', 'overturned') AND settled_at IS NOT NULL
                                        AND ending <> 'overturned') AS upheld,
                 count(*) FILTER (WHERE status = 'overturned' AND ending = 'overturned') AS overturned,
                 count(*) FILTER (WHERE status = 'rejected' AND effective_at IS NOT NULL) AS rejected,
                 count(*) FILTER (WHERE status = 'withdrawn') AS withdrawn,
                 count(*) FILTER (WHERE removed_at IS NOT NULL AND restored_at IS NULL) AS removed
          FROM takedowns_reportedlisting WHERE complaint_id = %(id)s) n
    WHERE c.id = %(id)s
"""


def recount(complaint_id: int) -> None:
    """Count a complaint's listings anew."""
    with connection.cursor() as cursor:
        cursor.execute(RECOUNT, {"id": complaint_id})
