"""The inbox with ten thousand and a hundred thousand questions waiting: queries, plans, time.

    .venv/bin/python benchmarks/inbox.py [--rows 10000 100000] [--gets 15]

In a database of its own, made and dropped again. Each address is fetched through the whole of
Django by a signed-in reviewer; the time is that of the server until its answer is complete. Each
view also says how long PostgreSQL took for the list and for all counts, and whether the list was
read along an index. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "langvel_site.settings")

ADDRESSES = {
    "all": "/",
    "mine": "/?view=mine",
    "unassigned": "/?view=unassigned",
    "high": "/?view=high",
    "overdue": "/?view=overdue",
    "snoozed": "/?view=snoozed",
    "decided": "/?view=decided",
    "by due": "/?sort=due",
    "by agent": "/?sort=-agent",
    "agent:": "/?q=agent:bench1+risk:high",
    "common word": "/?q=refund",
    "rare word": "/?q=order77",
}

# Most are of medium risk, a third has somebody, a few are late or put away; a tenth is decided.
FILL = """
INSERT INTO approvals_interrupt (
    run_id, agent_id, agent_version, requested_by_id, checkpoint_id, task_id, interrupt_id, digest,
    version, dialect, node, title, summary, effect, description, request, actions, state, policy,
    risk, rank, status, assignee_id, due_at, snoozed_until, created_at)
SELECT %(run)s, CASE WHEN n %% 4 = 0 THEN 'bench1' ELSE 'bench' END, '1', %(alice)s, n, n, n,
    md5(n::text), 1, 'langvel', 'gate',
    CASE WHEN n %% 2 = 0 THEN 'Refund for order' ELSE 'E-mail about order' END || n,
    'to account ' || md5(n::text), '', '', 'null', %(actions)s, '{}', '{}',
    (ARRAY['critical', 'high', 'medium', 'low'])[1 + rank], rank,
    CASE WHEN n %% 10 = 9 THEN 'decided' ELSE 'pending' END,
    CASE WHEN n %% 30 = 0 THEN %(bob)s WHEN n %% 3 = 0 THEN %(alice)s END,
    CASE WHEN n %% 5 < 2 THEN now() + (n %% 2000 - 100) * interval '1 minute' END,
    CASE WHEN n %% 50 = 1 THEN now() + interval '1 hour' END,
    now() - n * interval '1 second'
  FROM (SELECT n, CASE WHEN n %% 100 < 2 THEN 0 WHEN n %% 100 < 10 THEN 1
                       WHEN n %% 100 < 60 THEN 2 ELSE 3 END AS rank
          FROM generate_series(%(first)s, %(last)s) n) spread
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--gets", type=int, default=15)
    options = parser.parse_args()

    import django

    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.test.utils import setup_test_environment

    # Nobody has collected the files here, so none has a hash in its name.
    settings.STORAGES["staticfiles"]["BACKEND"] = settings.SIMPLE_STATIC

    setup_test_environment()
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        found = _measured(options.rows, gets=options.gets)
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)
    print(json.dumps({"machine": f"{platform.machine()}, {os.cpu_count()} cores"} | found))


def _measured(sizes: list[int], *, gets: int) -> dict[str, Any]:
    from django.test import Client

    from tests.factories import ACTION, make_agent, make_run, make_user

    bob, alice = make_user("bob", "reviewers"), make_user("alice", "requesters")
    make_agent("bench1", title="Bench 1")
    run = make_run(agent=make_agent("bench"), requested_by=alice)
    client = Client()
    client.force_login(bob)
    fill = {"run": run.pk, "alice": alice.pk, "bob": bob.pk, "actions": json.dumps([ACTION])}
    found, last = {}, 0
    for size in sorted(sizes):
        _grow(fill | {"first": last + 1, "last": size})
        last = size
        found[str(size)] = {name: _one(client, url, gets) for name, url in ADDRESSES.items()}
        found[str(size)]["next page"] = _one(client, _next_of(client), gets)
    return found


def _grow(fill: dict[str, Any]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(FILL, fill)
        cursor.execute("VACUUM ANALYZE approvals_interrupt")


def _next_of(client: Any) -> str:
    return str(client.get("/").context["next_url"])


def _one(client: Any, url: str, gets: int) -> dict[str, Any]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        client.get(url)
    sqls = [query["sql"] for query in captured.captured_queries]
    list_sql = next(sql for sql in sqls if "LIMIT 51" in sql)
    counts_sql = next(sql for sql in sqls if sql.startswith("SELECT (SELECT count"))
    times, work = zip(*(_timed(lambda: client.get(url)) for _ in range(gets)), strict=True)
    times = sorted(times)
    return {
        "queries": len(sqls),
        "cpu_ms": round(statistics.median(work), 1),
        "p50_ms": round(statistics.median(times), 1),
        "p95_ms": round(times[int(0.95 * (len(times) - 1))], 1),
        "list_sql_ms": _sql_ms(list_sql),
        "counts_sql_ms": _sql_ms(counts_sql),
        "scans": _scans(list_sql),
    }


def _timed(act: Any) -> tuple[float, float]:
    """By the wall, and by this process's share of the processor, which neighbours do not change."""
    begun, worked = time.perf_counter(), time.process_time()
    act()
    return (time.perf_counter() - begun) * 1000, (time.process_time() - worked) * 1000


def _sql_ms(sql: str) -> float:
    """The middle one of five; planning is part of what a page waits for."""
    plans = [_plan(sql, "ANALYZE, ") for _ in range(5)]
    return round(
        statistics.median(plan["Planning Time"] + plan["Execution Time"] for plan in plans), 2
    )


def _scans(sql: str) -> str:
    """How the list reads the table of questions."""
    todo, seen = [_plan(sql)["Plan"]], []
    while todo:
        node = todo.pop(0)
        todo += node.get("Plans", [])
        is_ours = (
            node.get("Relation Name") == "approvals_interrupt"
            or "Bitmap Index" in node["Node Type"]
        )
        if is_ours and node["Node Type"] != "Bitmap Heap Scan":
            seen.append(node.get("Index Name", node["Node Type"]))
    return ", ".join(seen)


def _plan(sql: str, how: str = "") -> Any:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN ({how}FORMAT JSON) {sql}")
        found = cursor.fetchone()[0]
    return (json.loads(found) if isinstance(found, str) else found)[0]


if __name__ == "__main__":
    main()
