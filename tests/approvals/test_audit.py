from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction

from approvals import audit
from approvals.audit.statement import commit, entry_hash
from approvals.models import AuditEntry
from tests.factories import make_run

pytestmark = pytest.mark.django_db

GUARDED = ("approvals_auditentry", "approvals_auditseal")


def test_entries_of_a_run_form_a_chain() -> None:
    run = make_run()

    first = audit.append(run, "run.started")
    second = audit.append(run, "run.finished")

    assert (first.seq, first.prev_hash) == (1, "")
    assert (second.seq, second.prev_hash) == (2, first.hash)


def test_each_run_has_a_chain_of_its_own() -> None:
    audit.append(make_run(), "run.started")

    assert audit.append(make_run(), "run.started").seq == 1


def test_what_belongs_to_no_run_goes_into_the_chain_of_the_site() -> None:
    audit.append(make_run(), "run.started")
    first = audit.append(None, "sign_in.failed")
    second = audit.append(None, "sign_in.failed")

    assert (first.seq, second.seq, second.prev_hash) == (1, 2, first.hash)


@pytest.mark.django_db(transaction=True)
def test_the_site_has_one_chain_however_many_write_to_it_at_once() -> None:
    def write(_: int) -> None:
        try:
            audit.append(None, "sign_in.failed")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(24)))

    written = list(AuditEntry.objects.order_by("seq"))
    assert [entry.seq for entry in written] == list(range(1, 25))
    assert [entry.prev_hash for entry in written[1:]] == [entry.hash for entry in written[:-1]]


def test_a_hash_can_be_made_again_from_the_stored_row() -> None:
    audit.append(make_run(), "run.started", verb="ü", amount=1.5, big=2**80, none=None)

    stored = AuditEntry.objects.get()

    assert entry_hash(stored) == stored.hash
    assert commit(stored.salt or "", stored.personal) == stored.commitment


@pytest.mark.parametrize(
    "change",
    [
        {"action": "x"},
        {"facts": {"verb": "reject"}},
        {"commitment": "0" * 64},
        {"actor_id": 1},
        {"interrupt_id": 1},
        {"seq": 2},
        {"run_id": None},
    ],
)
def test_a_changed_entry_no_longer_fits_its_hash(change: dict[str, object]) -> None:
    entry = audit.append(make_run(), "run.started", verb="approve")

    for field, value in change.items():
        setattr(entry, field, value)

    assert entry_hash(entry) != entry.hash


def test_the_time_is_part_of_the_hash_to_the_microsecond() -> None:
    entry = audit.append(make_run(), "run.started")

    entry.at += timedelta(microseconds=1)

    assert entry_hash(entry) != entry.hash


def test_the_time_is_that_of_the_database() -> None:
    entry = audit.append(make_run(), "run.started")

    with connection.cursor() as cursor:
        cursor.execute("SELECT now() <= %s AND %s <= clock_timestamp()", [entry.at, entry.at])
        assert cursor.fetchone() == (True,)


def test_what_may_be_personal_is_only_committed_to() -> None:
    entry = audit.append(make_run(), "question.decided", verb="approve", reason="Ann is ill")

    assert entry.facts == {"verb": "approve"}
    assert entry.personal == {"reason": "Ann is ill"}
    assert entry.data == {"verb": "approve", "reason": "Ann is ill"}


def test_the_same_words_have_another_commitment_each_time() -> None:
    run = make_run()

    one, two = (audit.append(run, "run.cancelled", reason="ill") for _ in range(2))

    assert one.commitment != two.commitment


def test_a_place_in_the_chain_is_taken_once() -> None:
    for entry in (audit.append(make_run(), "run.started"), audit.append(None, "sign_in.ok")):
        entry.pk = None

        with pytest.raises(IntegrityError), transaction.atomic():
            entry.save(force_insert=True)


@pytest.mark.parametrize("table", GUARDED)
def test_the_database_refuses_to_empty_the_history(table: str) -> None:
    refuses(f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM approvals_auditentry",
        "UPDATE approvals_auditentry SET action = 'x'",
        "UPDATE approvals_auditentry SET at = at + interval '1 second'",
        'UPDATE approvals_auditentry SET facts = \'{"verb": "reject"}\'',
        'UPDATE approvals_auditentry SET personal = \'{"reason": "well"}\'',
        "UPDATE approvals_auditentry SET personal = NULL",
        "UPDATE approvals_auditentry SET personal = NULL, salt = NULL, hash = ''",
        'UPDATE approvals_auditentry SET personal = NULL, salt = NULL, facts = \'{"verb":"x"}\'',
        # The same value in other words.
        "UPDATE approvals_auditentry SET personal = NULL, salt = NULL,"
        ' facts = \'{"verb":"approve"}\'',
    ],
)
def test_the_database_refuses_to_change_an_entry(change: str) -> None:
    audit.append(make_run(), "question.decided", verb="approve", reason="fine")

    refuses(change)


def refuses(statement: str) -> None:
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        # Foreign keys of the rows above are checked now, so that TRUNCATE meets the trigger.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement)
