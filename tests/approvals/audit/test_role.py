"""The recipe of docs/audit.md: a role that owns nothing runs the site and cannot change history."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings as configured
from django.db import connection
from psycopg.conninfo import make_conninfo

from approvals import audit
from approvals.audit import seals
from approvals.audit.verify import verify
from approvals.database import conninfo
from approvals.models import AuditEntry, AuditSeal, Run
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(configured.BASE_DIR)
ROLE = f"langvel_app_{os.getpid()}"
PASSWORD = "change me"

LIFE_OF_A_RUN = """
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from agents import registry
from approvals.audit import seals
from approvals.driving.drive import Driver
from approvals.models import Interrupt
from approvals.services.agents import publish
from approvals.services.decisions import decide
from approvals.services.runs import start_run

async def work(run_id):
    driver = await Driver.open(concurrency=2)
    try:
        await driver.drive(run_id)
    finally:
        await driver.close()

publish(registry.load_all())
order = {"order_id": "ORD-123", "amount": 15000, "customer_id": "CUST-456"}
alice, bob = User.objects.get(username="alice"), User.objects.get(username="bob")
run = start_run(agent_key="orders", input=order, requested_by=alice, via="api")
async_to_sync(work)(run.pk)
question = Interrupt.objects.get(run=run)
decide(question.pk, actor=bob, version=question.version, digest=question.digest, via="page",
       auth_method="session", decisions=[{"type": "approve"}], reason="known customer")
async_to_sync(work)(run.pk)
seals.seal()
"""

CHANGES = [
    "UPDATE approvals_auditentry SET action = 'x'",
    "DELETE FROM approvals_auditentry",
    "TRUNCATE approvals_auditentry CASCADE",
    "UPDATE approvals_auditseal SET root = 'x'",
    "DELETE FROM approvals_auditseal",
    "TRUNCATE approvals_auditseal",
    "INSERT INTO approvals_auditunsealed VALUES (1, 'x')",
    "UPDATE approvals_auditunsealed SET hash = 'x'",
    "ALTER TABLE approvals_auditentry DISABLE TRIGGER ALL",
    "DROP TRIGGER approvals_audit_rows ON approvals_auditentry",
    "DROP TABLE approvals_auditentry CASCADE",
    "DROP FUNCTION approvals_audit_guard() CASCADE",
    "CREATE OR REPLACE FUNCTION approvals_audit_guard() RETURNS trigger LANGUAGE plpgsql"
    " AS 'BEGIN RETURN NEW; END'",
    "SET session_replication_role = replica",
]


@pytest.fixture
def role() -> Iterator[str]:
    """The role that the recipe makes, under a name of its own; an address to connect as it."""
    recipe = re.search(r"```sql\n(.*?)```", (ROOT / "docs/audit.md").read_text(), re.DOTALL)
    assert recipe is not None
    with connection.cursor() as cursor:
        cursor.execute(recipe[1].replace("langvel_app", ROLE).replace("%", "%%"), [])
        yield make_conninfo(conninfo(), user=ROLE, password=PASSWORD)
        cursor.execute(f"REASSIGN OWNED BY {ROLE} TO CURRENT_USER")
        cursor.execute(f"DROP OWNED BY {ROLE}")
        cursor.execute(f"DROP ROLE {ROLE}")


def test_a_site_that_owns_nothing_does_all_its_work(role: str) -> None:
    make_user("alice", "requesters")
    make_user("bob", "reviewers")

    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", LIFE_OF_A_RUN],
        cwd=ROOT, env=os.environ | {"DATABASE_URL": role}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert Run.objects.get().status == "success"
    assert [entry.action for entry in AuditEntry.objects.order_by("seq")][-1] == "run.finished"
    assert AuditSeal.objects.get().count == AuditEntry.objects.count()


@pytest.mark.parametrize("change", CHANGES)
def test_a_site_that_owns_nothing_cannot_change_history(role: str, change: str) -> None:
    audit.append(None, "sign_in.failed", username="mallory")
    seals.seal()

    with (
        psycopg.connect(role, autocommit=True) as site,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        site.execute(change)

    assert verify().problems == []


def test_a_site_that_may_erase_words_cannot_put_others_in_their_place(role: str) -> None:
    audit.append(None, "sign_in.failed", username="mallory")

    with (
        psycopg.connect(role, autocommit=True) as site,
        pytest.raises(psycopg.DatabaseError, match="append-only"),
    ):
        site.execute("UPDATE approvals_auditentry SET personal = '{}'")


def test_no_table_of_the_same_name_keeps_an_entry_from_being_sealed(
    role: str, settings: Any
) -> None:
    with psycopg.connect(role, autocommit=True) as site:
        site.execute("CREATE TEMP TABLE approvals_auditunsealed (entry_id bigint, hash text)")
        site.execute(
            "INSERT INTO approvals_auditentry (seq, action, facts, commitment, at, prev_hash, hash)"
            " VALUES (1, 'x', '{}', '', now(), '', repeat('0', 64))"
        )

    assert [sealed.count for sealed in seals.seal()] == [1]


def test_the_site_may_erase_what_is_personal(role: str) -> None:
    audit.append(None, "sign_in.failed", username="mallory")

    with psycopg.connect(role, autocommit=True) as site:
        site.execute("UPDATE approvals_auditentry SET personal = NULL, salt = NULL")

    assert AuditEntry.objects.get().is_erased
