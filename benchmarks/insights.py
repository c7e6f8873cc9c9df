"""What the page of numbers costs when a month holds a million questions, most of them decided.

    .venv/bin/python benchmarks/insights.py [--questions 1000000] [--rounds 7]

Rows are generated in a scratch database of its own: 40 agents, 200 steps, 50 reviewers, payloads of
a kilobyte, half a percent still waiting. Prints one JSON line: for each range the median time of
everything that is counted, for those who see every run and for one requester, in milliseconds.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "langvel_site.settings")

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, connections  # noqa: E402
from django.utils import timezone  # noqa: E402

from approvals.insights.figures import count  # noqa: E402
from approvals.insights.spans import RANGES, span_named  # noqa: E402

SCRATCH = "langvel_insights_benchmark"
PEOPLE = 50

ROWS = """
INSERT INTO auth_user (id, username, password, first_name, last_name, email, is_superuser, is_staff,
                       is_active, date_joined)
SELECT n, 'user' || n, '', '', '', '', false, false, true, now() FROM generate_series(1, 51) n;

INSERT INTO approvals_agent (key, title, description, version, input_schema, drawing)
SELECT 'agent' || n, 'Agent ' || n, '', '1', '{}', '{}' FROM generate_series(0, 39) n;

INSERT INTO approvals_run (id, agent_id, agent_version, thread_id, status, intent, input, config,
                           metadata, requested_by_id, attempts, created_at)
SELECT n, 'agent' || n %% 40, '1', 'thread' || n, 'success', '', '{}', '{}', '{}', 1 + n %% 50, 1,
       now() - interval '30 days' * (1 - n::float8 / %(questions)s)
  FROM generate_series(1, %(questions)s) n;

INSERT INTO approvals_interrupt (id, run_id, agent_id, agent_version, requested_by_id, checkpoint_id,
                                 task_id, interrupt_id, digest, version, dialect, node, title,
                                 summary, effect, description, request, actions, state, policy,
                                 risk, rank, status, created_at)
SELECT n, n, 'agent' || n %% 40, '1', 1 + n %% 50, '', '', '', '', 1, 'langvel', 'step' || n %% 200,
       'Pay', '', '', '', '{}', '[]', json_build_object('note', repeat(md5(n::text), 30)), '{}',
       'medium', 2, CASE WHEN n %% 200 = 0 THEN 'pending' ELSE 'applied' END,
       now() - interval '30 days' * (1 - n::float8 / %(questions)s)
  FROM generate_series(1, %(questions)s) n;

INSERT INTO approvals_decision (id, interrupt_id, verb, decisions, patch, reason, actor_id, via,
                                auth_method, digest, created_at)
SELECT n, n, (ARRAY['approve', 'approve', 'approve', 'edit', 'reject'])[1 + n %% 5], '[]', '[]', '',
       1 + n %% 51, 'page', 'session', '',
       now() - interval '30 days' * (1 - n::float8 / %(questions)s) + interval '1 second' * (n %% 900)
  FROM generate_series(1, %(questions)s) n WHERE n %% 200 <> 0;
"""


def main() -> None:
    options = _options()
    with _scratch():
        began = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(ROWS, {"questions": options.questions})
            cursor.execute("VACUUM ANALYZE")
        made = time.perf_counter() - began
        figures = {
            f"{who} {key}": _milliseconds(key, person=person, rounds=options.rounds)
            for who, person in (("everything", None), ("own runs", 1))
            for key in RANGES
        }
    print(
        json.dumps(
            {
                "benchmark": "insights",
                "questions": options.questions,
                "made_in_seconds": round(made, 1),
                "median_ms": figures,
            }
        )
    )


def _milliseconds(key: str, *, person: int | None, rounds: int) -> float:
    span = span_named(key, now=timezone.now())
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        counted = count(span, person=person)
        taken.append(time.perf_counter() - began)
    assert counted.total.count
    return round(1000 * median(taken), 1)


class _scratch:
    """A database for this run, migrated, gone afterwards."""

    def __enter__(self) -> None:
        self.usual = connection.settings_dict["NAME"]
        self._drop_or_make("DROP DATABASE IF EXISTS {} WITH (FORCE)", "CREATE DATABASE {}")
        self._use(SCRATCH)
        call_command("migrate", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM auth_user")

    def __exit__(self, *error: object) -> None:
        self._use(self.usual)
        self._drop_or_make("DROP DATABASE IF EXISTS {} WITH (FORCE)")

    def _drop_or_make(self, *statements: str) -> None:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement.format(SCRATCH))

    @staticmethod
    def _use(name: str) -> None:
        connections.close_all()
        connection.close_pool()
        connection.settings_dict["NAME"] = name


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--questions", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    return parser.parse_args()


if __name__ == "__main__":
    main()
