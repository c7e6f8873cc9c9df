from __future__ import annotations

import stat
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import DatabaseError, connection, connections, transaction

from approvals import audit
from approvals.audit import keys, seals
from approvals.audit.merkle import Tree
from approvals.audit.ranges import ids_of
from approvals.audit.standalone import verify
from approvals.models import AuditEntry, AuditSeal, AuditUnsealed

pytestmark = pytest.mark.django_db


def write(count: int) -> None:
    for _ in range(count):
        audit.append(None, "sign_in.failed", username="mallory")


def test_a_seal_covers_everything_written_since_the_last_one() -> None:
    write(3)
    seals.seal()
    write(2)

    second = seals.seal()[0]

    last_two = AuditEntry.objects.order_by("-id").values_list("pk", flat=True)[:2]
    assert list(ids_of(second.entries)) == sorted(last_two)
    assert (second.seq, second.count, AuditUnsealed.objects.count()) == (2, 2, 0)


def test_seals_follow_each_other() -> None:
    write(5)

    first, second, third = seals.seal(at_most=2)

    assert first.prev_hash == ""
    assert second.prev_hash == seals.seal_hash(first)
    assert third.prev_hash == seals.seal_hash(second)


def test_nothing_new_needs_no_seal() -> None:
    write(1)
    seals.seal()

    assert seals.seal() == []


def test_an_entry_that_is_rolled_back_is_not_waited_for() -> None:
    with transaction.atomic():
        write(1)
        transaction.set_rollback(True)

    assert seals.seal() == []


def test_a_seal_is_signed_with_the_key_it_names() -> None:
    write(1)

    sealed = AuditSeal.objects.get(pk=seals.seal()[0].pk)

    text = seals.seal_statement(sealed)
    assert sealed.key == keys.public_key()
    assert keys.is_signed(text, signature=sealed.signature, key=sealed.key)
    assert not keys.is_signed(text + " ", signature=sealed.signature, key=sealed.key)


@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET root = ''", "TRUNCATE {}"])
def test_the_database_refuses_to_change_a_seal(change: str) -> None:
    write(1)
    seals.seal()

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change.format("approvals_auditseal"))


@pytest.mark.django_db(transaction=True)
def test_two_who_seal_at_once_never_cover_an_entry_twice() -> None:
    barrier = Barrier(4)

    def work() -> None:
        barrier.wait()
        for _ in range(10):
            write(1)
            seals.seal(at_most=3)

    with ThreadPoolExecutor(4) as threads:
        for working in [threads.submit(closing, work) for _ in range(4)]:
            working.result()
    seals.seal()

    made = list(AuditSeal.objects.order_by("seq"))
    covered = [entry for sealed in made for entry in ids_of(sealed.entries)]
    assert sorted(covered) == sorted(AuditEntry.objects.values_list("pk", flat=True))
    assert [sealed.seq for sealed in made] == list(range(1, len(made) + 1))
    assert [one.prev_hash for one in made[1:]] == [seals.seal_hash(one) for one in made[:-1]]


@pytest.mark.django_db(transaction=True)
def test_whoever_seals_second_waits_for_the_first() -> None:
    """Also when they find other entries: one that committed late, before those of the first."""
    written, commit = Event(), Event()
    with ThreadPoolExecutor(2) as threads:
        late = threads.submit(closing, write_late, written, commit)
        written.wait()
        AuditEntry.objects.create(seq=2, action="early", hash="11" * 32)
        with transaction.atomic():
            first = seals.seal(at_most=1)[0]
            commit.set()
            late.result()
            sealing = threads.submit(closing, seals.seal, at_most=1)
            wait_for_somebody_to_wait()
        second = sealing.result()[0]

    assert (second.seq, second.prev_hash) == (2, seals.seal_hash(first))
    assert second.entries[0][0] < first.entries[0][0]


def write_late(written: Event, commit: Event) -> None:
    with transaction.atomic():
        AuditEntry.objects.create(seq=1, action="late", hash="00" * 32)
        written.set()
        commit.wait()


def closing(work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """For a thread: its connection goes with it."""
    try:
        return work(*args, **kwargs)
    finally:
        connections.close_all()


def wait_for_somebody_to_wait() -> None:
    """Until another session stands before a lock of PostgreSQL's."""
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    deadline = time.monotonic() + 30
    with connection.cursor() as cursor:
        while cursor.execute(waiting).fetchone() == (0,):
            assert time.monotonic() < deadline, "nobody waits"
            time.sleep(0.01)


@pytest.mark.django_db(transaction=True)
def test_an_entry_that_commits_late_is_sealed_later() -> None:
    written, commit = Event(), Event()
    with ThreadPoolExecutor(1) as threads:
        late = threads.submit(closing, write_late, written, commit)
        written.wait()
        AuditEntry.objects.create(seq=2, action="early", hash="11" * 32)
        first = seals.seal()[0]
        commit.set()
        late.result()
    second = seals.seal()[0]

    assert (first.count, second.count) == (1, 1)
    assert second.entries[0][0] < first.entries[0][0]


def test_a_key_that_could_be_guessed_is_refused(settings: Any) -> None:
    settings.LANGVEL_AUDIT_KEY = "short"

    with pytest.raises(ImproperlyConfigured, match="LANGVEL_AUDIT_KEY"):
        keys.public_key()


def test_the_key_made_for_this_machine_is_for_its_owner_alone(settings: Any) -> None:
    kept = Path(settings.DATA_DIR) / "audit_key"

    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_the_command_says_what_it_sealed(capsys: pytest.CaptureFixture[str]) -> None:
    write(2)

    call_command("seal_audit")

    told = capsys.readouterr().out
    assert f"seal 1: 2 entries, root {AuditSeal.objects.get().root}" in told


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 13])
def test_every_leaf_has_a_path_to_the_root(count: int) -> None:
    tree = Tree([bytes([number]) * 32 for number in range(count)])

    for place in range(count):
        entry = {"hash": f"{place:02x}" * 32, "path": tree.path(place)}
        assert verify.root_of(entry, place, count) == tree.root


def test_the_tree_is_that_of_rfc_6962() -> None:
    """The roots of the test vectors of Certificate Transparency for 1, 2, 3, 5 and 8 leaves."""
    leaves = [
        bytes.fromhex(text)
        for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                     "606162636465666768696a6b6c6d6e6f")
    ]  # fmt: skip

    assert [Tree(leaves[:count]).root[:16] for count in (1, 2, 3, 5, 8)] == [
        "6e340b9cffb37a98",
        "fac54203e7cc696c",
        "aeb6bcfe274b70a1",
        "4e3bbb1f7b478dcf",
        "5dc9da79a70659a9",
    ]
