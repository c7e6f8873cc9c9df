"""Counting: few queries, bounded however many rows there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from approvals.insights.spans import Span

SAMPLE = 40_000
"""With more decisions than this in a range, only every nth is looked at more closely."""

OWN_RUNS = 5_000
LENGTHS = (60, 300, 900, 3_600, 14_400, 86_400)
"""Where one class of waiting times ends and the next begins, in seconds."""

LENGTH_NAMES = (_("1 min"), _("5 min"), _("15 min"), _("1 h"), _("4 h"), _("1 d"), _("longer"))

QUICK = (10, 30, 60, 300, 900, 3_600)
"""The same of decision times."""

QUICK_NAMES = (_("10 s"), _("30 s"), _("1 min"), _("5 min"), _("15 min"), _("1 h"), _("longer"))

# The index run_of_requester, then the questions of each run by interrupt_one_row_per_question.
_OWN = """(
    SELECT id FROM approvals_run WHERE requested_by_id = %(person)s
     ORDER BY created_at DESC, id DESC LIMIT %(own_runs)s
  ) r JOIN approvals_interrupt i ON i.run_id = r.id
"""
# Everything: the indexes interrupt_asked and decision_newest, nothing else is read.
_OVER_TIME = """
WITH asked AS {once} ({asked}), decided AS {once} ({decided})
SELECT (SELECT count(*) FROM asked WHERE at >= slot AND at < slot + %(width)s),
       (SELECT count(*) FROM decided WHERE at >= slot AND at < slot + %(width)s)
  FROM generate_series(0, %(slots)s - 1) n, LATERAL (SELECT %(since)s + n * %(width)s AS slot) s
 ORDER BY n
"""
_ALL_OVER_TIME = _OVER_TIME.format(
    once="NOT MATERIALIZED",
    asked="SELECT created_at AS at FROM approvals_interrupt",
    decided="SELECT created_at AS at FROM approvals_decision",
)
_OWN_OVER_TIME = _OVER_TIME.format(
    once="MATERIALIZED",
    asked=f"SELECT i.created_at AS at FROM {_OWN}",  # noqa: S608 - constants alone
    decided=f"SELECT d.created_at AS at FROM {_OWN} JOIN approvals_decision d"  # noqa: S608
    " ON d.interrupt_id = i.id",
)
# decision_newest names the sample, then each of its decisions and questions is found by its key.
_ALL_DECIDED = """(
    SELECT id FROM approvals_decision
     WHERE created_at >= %(since)s AND created_at < %(until)s AND id %% %(nth)s = 0
  ) sample JOIN approvals_decision d ON d.id = sample.id
    JOIN approvals_interrupt i ON i.id = d.interrupt_id
"""
_OWN_DECIDED = f"""{_OWN}
    JOIN approvals_decision d ON d.interrupt_id = i.id
     AND d.created_at >= %(since)s AND d.created_at < %(until)s
"""
_CLOSELY = """
WITH facts AS (
  SELECT d.verb, d.actor_id, i.agent_id COLLATE "C" AS agent, i.node COLLATE "C" AS node,
         extract(epoch FROM d.created_at - i.created_at)::float8 AS waited,
         extract(epoch FROM d.created_at - o.opened_at)::float8 AS took
    FROM {source}
    LEFT JOIN approvals_opening o ON o.interrupt_id = d.interrupt_id
     AND o.reviewer_id = d.actor_id AND o.opened_at <= d.created_at
), sorted AS (
  SELECT *, width_bucket(waited, %(lengths)s) AS length, width_bucket(took, %(quick)s) AS quickness
    FROM facts
)
SELECT grouping(agent, node, actor_id, length, quickness),
       agent, node, actor_id, length, quickness,
       %(nth)s * count(*), %(nth)s * count(*) FILTER (WHERE verb = 'approve'),
       %(nth)s * count(*) FILTER (WHERE verb = 'edit'),
       %(nth)s * count(*) FILTER (WHERE verb = 'reject'),
       %(nth)s * count(*) FILTER (WHERE verb = 'respond'),
       %(nth)s * count(took),
       percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY waited),
       percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY took)
  FROM sorted
 GROUP BY GROUPING SETS ((), (agent), (agent, node), (actor_id), (length), (quickness))
 ORDER BY count(*) DESC, agent, node
"""
# The same sample. A decision counts once for each reason that it or one of its actions names.
_BY_REASON = """
WITH facts AS (
  SELECT named.reason COLLATE "C" AS reason, d.verb,
         extract(epoch FROM d.created_at - i.created_at)::float8 AS waited
    FROM {source}
   CROSS JOIN LATERAL (
         SELECT d.reason_code AS reason
          UNION SELECT one ->> 'reason_code' FROM json_array_elements(d.decisions) AS one
         ) AS named
   WHERE d.verb NOT IN ('approve', 'edit') AND named.reason <> ''
)
SELECT reason, %(nth)s * count(*), 0, 0,
       %(nth)s * count(*) FILTER (WHERE verb = 'reject'),
       %(nth)s * count(*) FILTER (WHERE verb = 'respond'), 0,
       percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY waited)
  FROM facts
 GROUP BY reason
 ORDER BY count(*) DESC, reason
"""
_GROUPS = {
    0b11111: "all",
    0b01111: "agent",
    0b00111: "node",
    0b11011: "actor",
    0b11101: "length",
    0b11110: "quickness",
}


@dataclass(frozen=True)
class Tally:
    """Decisions of one kind, counted: how many, with which verbs, after how many seconds.

    `timed` are those whose reviewer had opened the question before; `took` is about them alone.
    """

    count: int = 0
    approve: int = 0
    edit: int = 0
    reject: int = 0
    respond: int = 0
    timed: int = 0
    median: float | None = None
    ninth: float | None = None
    took_median: float | None = None
    took_ninth: float | None = None

    @property
    def mixed(self) -> int:
        """Several actions in one question, answered differently."""
        return self.count - self.approve - self.edit - self.reject - self.respond

    def share(self, verb: str) -> float:
        return getattr(self, verb) / self.count if self.count else 0.0


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What was counted, the most frequent first. Keys of `agents`, `nodes` and `people` are ids,
    those of `reasons` the reasons named.

    `asked` and `decided` are exact; where `nth` is more than one, everything else is an estimate
    from every nth decision.
    """

    asked: Sequence[int]
    decided: Sequence[int]
    nth: int
    waits: Sequence[int]
    took: Sequence[int]
    total: Tally
    agents: Mapping[str, Tally]
    nodes: Mapping[tuple[str, str], Tally]
    people: Mapping[int, Tally]
    reasons: Mapping[str, Tally]


def count(span: Span, *, person: int | None) -> Figures:
    """The numbers of everything, or only of what one person asked for."""
    given = {
        "since": span.since,
        "until": span.until,
        "width": span.width,
        "slots": span.slots,
        "lengths": list(map(float, LENGTHS)),
        "quick": list(map(float, QUICK)),
        "own_runs": OWN_RUNS,
        "person": person,
    }
    asked, decided = zip(
        *_rows(_ALL_OVER_TIME if person is None else _OWN_OVER_TIME, given), strict=True
    )
    nth = 1 if person is not None else max(1, sum(decided) // SAMPLE)
    source = _ALL_DECIDED if person is None else _OWN_DECIDED
    found = _closely(_CLOSELY.format(source=source), given | {"nth": nth})
    return Figures(
        asked=asked,
        decided=decided,
        nth=nth,
        waits=[found["length"].get(at, Tally()).count for at in range(len(LENGTHS) + 1)],
        took=[found["quickness"].get(at, Tally()).count for at in range(len(QUICK) + 1)],
        total=found["all"].get(None, Tally()),
        agents=found["agent"],
        nodes=found["node"],
        people=found["actor"],
        reasons={
            reason: Tally(*numbers, *waited)
            for reason, *numbers, waited in _rows(
                _BY_REASON.format(source=source), given | {"nth": nth}
            )
        },
    )


def _closely(sql: str, given: Mapping[str, Any]) -> dict[str, dict[Any, Tally]]:
    """Tallies by what they are of, then by its key."""
    found: dict[str, dict[Any, Tally]] = {name: {} for name in _GROUPS.values()}
    for grouping, agent, node, actor, length, quickness, *numbers, waited, took in _rows(
        sql, given
    ):
        name = _GROUPS[grouping]
        keys = {
            "agent": agent,
            "node": (agent, node),
            "actor": actor,
            "length": length,
            "quickness": quickness,
        }
        none = (None, None)
        found[name][keys.get(name)] = Tally(*numbers, *(waited or none), *(took or none))
    return found


def _rows(sql: str, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return cursor.fetchall()
