"""How long a sweep takes over deadlines that all pass at once.

    .venv/bin/python benchmarks/sweep.py [--questions 10000] [--rounds 3] [--sweeps 1]

Rows are generated in a scratch database of its own: a run and a question each, with a kilobyte of
state. `rejected`: all of them are to be rejected, which takes a vote, a decision, an audit entry,
news and a job each. `mixed`: half rejected, a quarter escalated, a quarter kept. With `--sweeps 2`
two sweep at once, as two workers do. Prints one JSON line; times are medians, in seconds;
`python_seconds` is the processor time of the sweep without PostgreSQL's, for machines that others
use too. Fails when a question was not dealt with exactly once.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "langvel_site.settings")

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, connections  # noqa: E402

import approvals.tasks  # noqa: E402, F401 (as in a worker, which has imported LangGraph)
from approvals.audit.verify import verify  # noqa: E402
from approvals.deadlines import sweep  # noqa: E402
from approvals.models import AuditEntry, Decision, Escalation, Interrupt, Vote  # noqa: E402

SCRATCH = "langvel_sweep_benchmark"
KINDS = {"rejected": ["reject"], "mixed": ["reject", "escalate", "reject", "keep"]}

EMPTY = """
SET session_replication_role = replica;
TRUNCATE approvals_escalation, approvals_vote, approvals_decision, approvals_auditentry,
         approvals_auditunsealed, approvals_interrupt, approvals_run, approvals_agent, auth_user,
         procrastinate_jobs CASCADE;
SET session_replication_role = origin;
"""

ROWS = """
INSERT INTO auth_user (id, username, password, first_name, last_name, email, is_superuser, is_staff,
                       is_active, date_joined)
VALUES (1, 'alice', '', '', '', '', false, false, true, now());
SELECT setval('auth_user_id_seq', 10);

INSERT INTO approvals_agent (key, title, description, version, input_schema, drawing)
VALUES ('payments', 'Payments', '', '1', '{}', '{}');

INSERT INTO approvals_run (id, agent_id, agent_version, thread_id, status, intent, input, config,
                           metadata, requested_by_id, attempts)
SELECT n, 'payments', '1', 'thread' || n, 'interrupted', '', '{}', '{}', '{}', 1, 1
  FROM generate_series(1, %(questions)s) n;

INSERT INTO approvals_interrupt (id, run_id, agent_id, agent_version, requested_by_id, checkpoint_id,
                                 task_id, interrupt_id, digest, version, dialect, node, title,
                                 summary, effect, description, request, actions, state, policy,
                                 risk, rank, status, on_timeout, due_at, sweep_at)
SELECT n, n, 'payments', '1', 1, '', '', n, md5(n::text), 1, 'langvel', 'pay', 'Pay',
       '', '', '', '{"langvel": 1, "digest": "d"}',
       '[{"name": "pay", "args": {"amount": 100}, "schema": {}, "allowed": ["approve", "reject"]}]',
       json_build_object('note', repeat(md5(n::text), 30)), '{}',
       'medium', 2, 'pending', (%(kinds)s::text[])[1 + n %% cardinality(%(kinds)s::text[])],
       due, due
  FROM generate_series(1, %(questions)s) n,
       LATERAL (SELECT now() - interval '1 hour' + n * interval '1 millisecond' AS due) at;
ANALYZE approvals_run, approvals_interrupt;
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sweeps", type=int, default=1)
    options = parser.parse_args()
    in_scratch_database()
    taken = {
        kind: [
            timed(kind, questions=options.questions, sweeps=options.sweeps)
            for _ in range(options.rounds)
        ]
        for kind in KINDS
    }
    seconds = {kind: median(wall for wall, _ in rounds) for kind, rounds in taken.items()}
    figures = {f"{kind}_seconds": round(value, 2) for kind, value in seconds.items()}
    python = median(cpu for _, cpu in taken["rejected"])
    print(
        json.dumps(
            {
                "benchmark": "sweep",
                "questions": options.questions,
                "sweeps_at_once": options.sweeps,
                **figures,
                "python_seconds": round(python, 2),
                "rejected_per_second": round(options.questions / seconds["rejected"]),
                "cores": os.cpu_count(),
                "python": platform.python_version(),
            }
        )
    )
    drop_scratch_database()


def in_scratch_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {SCRATCH}")
        cursor.execute(f"CREATE DATABASE {SCRATCH}")
    connections.close_all()
    connection.settings_dict["USUAL"] = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = SCRATCH
    connection.settings_dict["OPTIONS"].pop("pool", None)
    call_command("migrate", verbosity=0)


def drop_scratch_database() -> None:
    connections.close_all()
    connection.settings_dict["NAME"] = connection.settings_dict["USUAL"]
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {SCRATCH} WITH (FORCE)")
    connections.close_all()


def timed(kind: str, *, questions: int, sweeps: int) -> tuple[float, float]:
    """Seconds by the clock, and of this process's processor time."""
    with connection.cursor() as cursor:
        cursor.execute(EMPTY)
        cursor.execute(ROWS, {"questions": questions, "kinds": KINDS[kind]})
    began, used = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(sweeps) as pool:
        done = [one for some in pool.map(swept, range(sweeps)) for one in some]
    seconds = time.perf_counter() - began, time.process_time() - used
    check([one.question_id for one in done], questions=questions)
    return seconds


def swept(_: int) -> list[object]:
    try:
        return list(sweep())
    finally:
        connection.close()


def check(ids: list[int], *, questions: int) -> None:
    """Each once, with all that belongs to it."""
    assert sorted(ids) == list(range(1, questions + 1)), "not each question once"
    rejected = Interrupt.objects.filter(status="decided").count()
    assert Decision.objects.filter(verb="reject").count() == rejected == Vote.objects.count()
    assert Escalation.objects.count() == Interrupt.objects.filter(rank=-2).count()
    assert AuditEntry.objects.count() == questions
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT args ->> 'run_id') FROM procrastinate_jobs")
        assert cursor.fetchone()[0] == rejected, "not each run woken"
    assert verify().is_whole, "the history does not hold"


if __name__ == "__main__":
    main()
