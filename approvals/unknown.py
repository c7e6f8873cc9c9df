"""Types that checkpoints hold and their agents do not declare: shown as plain data, and counted."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import connection

_ADD = """
    INSERT INTO approvals_unknowntype AS known (agent_id, name, times)
    SELECT %s, met.name, met.times
      FROM unnest(%s::text[], %s::bigint[]) AS met (name, times)
     ORDER BY met.name
    ON CONFLICT (agent_id, name) DO UPDATE
       SET times = known.times + excluded.times, last_met = statement_timestamp()
"""


def note_unknown(agent_key: str, met: Mapping[str, int]) -> None:
    """Add up how often each was met. Ordered, so that two workers never wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [agent_key, [name[:300] for name in met], list(met.values())])
