"""Each kind of tampering on its own: it is found, and the entry is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from approvals import audit
from approvals.audit import keys, seals, sinks
from approvals.audit.erasing import erase
from approvals.audit.statement import entry_hash
from approvals.audit.verify import verify
from approvals.models import AuditEntry, AuditSeal
from tests.approvals.audit.history import entries, tampering, verified, write_history
from tests.approvals.audit.rewriting import COLUMNS, forge_seals, insert, rehash_chain

pytestmark = pytest.mark.django_db

TABLE = "approvals_auditentry"


def named(settings: Any) -> int | None:
    report = verified(settings)
    assert not report.is_whole
    return report.first_bad_entry


def test_an_untouched_history_is_whole(history: Path, settings: Any) -> None:
    audit.append(None, "sign_in.failed")

    report = verified(settings)

    assert report.problems == []
    assert (report.entries, report.waiting) == (len(entries()), 1)
    assert report.seals == AuditSeal.objects.count() > 3


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("action", "run.failed"),
        ("at", "2020-01-01T00:00:00Z"),
        ("facts", '{"verb": "reject"}'),
        ("facts", "[]"),
        ("personal", '{"reason": "forged"}'),
        ("salt", "00"),
        ("commitment", "00"),
        ("actor_id", None),
        ("interrupt_id", None),
        ("prev_hash", "00"),
        ("hash", "00"),
        ("seq", 99),
    ],
)
def test_an_edit_is_found(history: Path, settings: Any, column: str, value: Any) -> None:
    victim = AuditEntry.objects.filter(action="question.decided")[1]

    with tampering() as cursor:
        cursor.execute(f"UPDATE {TABLE} SET {column} = %s WHERE id = %s", [value, victim.pk])
        assert named(settings) == victim.pk


def test_an_edit_is_found_though_the_hashes_of_the_chain_are_made_anew(
    history: Path, settings: Any
) -> None:
    victim = AuditEntry.objects.filter(action="question.decided")[1]

    with tampering() as cursor:
        cursor.execute(f"UPDATE {TABLE} SET at = at - interval '1 day' WHERE id = %s", [victim.pk])
        rehash_chain(cursor, victim.run_id)
        assert named(settings) == victim.pk


@pytest.mark.parametrize("place", [0, 7, -1])
def test_a_deletion_is_found(history: Path, settings: Any, place: int) -> None:
    victim = entries()[place]

    with tampering() as cursor:
        cursor.execute(f"DELETE FROM {TABLE} WHERE id = %s", [victim.pk])
        assert named(settings) == victim.pk


def test_a_deletion_is_found_though_the_chain_is_closed_again(history: Path, settings: Any) -> None:
    victim = AuditEntry.objects.filter(action="question.asked")[2]

    with tampering() as cursor:
        cursor.execute(f"DELETE FROM {TABLE} WHERE id = %s", [victim.pk])
        rehash_chain(cursor, victim.run_id)
        assert named(settings) == victim.pk


def test_a_chain_that_is_gone_as_a_whole_is_missed(history: Path, settings: Any) -> None:
    first = AuditEntry.objects.filter(action="run.started")[1]

    with tampering() as cursor:
        cursor.execute(f"DELETE FROM {TABLE} WHERE run_id = %s", [first.run_id])
        assert named(settings) == first.pk


def test_an_end_cut_off_is_missed(history: Path, settings: Any) -> None:
    cut = entries()[-4]

    with tampering() as cursor:
        cursor.execute(f"DELETE FROM {TABLE} WHERE id >= %s", [cut.pk])
        assert named(settings) == cut.pk


def test_an_end_cut_off_with_its_seals_is_missed_outside(history: Path, settings: Any) -> None:
    cut = audit.append(None, "sign_in.failed")
    last = seals.seal()[0]
    sinks.deliver()

    with tampering() as cursor:
        cursor.execute("DELETE FROM approvals_auditseal WHERE seq = %s", [last.seq])
        cursor.execute(f"DELETE FROM {TABLE} WHERE id = %s", [cut.pk])
        inside, outside = verify(), verified(settings)

    assert inside.problems == []
    assert [problem.seal for problem in outside.problems] == [last.seq]


@pytest.mark.parametrize("chain", ["run", "site"])
@pytest.mark.parametrize("place", ["middle", "end"])
def test_an_insertion_is_found(history: Path, settings: Any, chain: str, place: str) -> None:
    run = AuditEntry.objects.filter(action="run.started")[1].run_id if chain == "run" else None
    rows = list(AuditEntry.objects.filter(run=run).order_by("seq"))
    after = rows[1] if place == "middle" else rows[-1]

    with tampering() as cursor:
        forged = insert(cursor, after=after)
        rehash_chain(cursor, run)
        report = verified(settings)

    assert forged in [problem.entry for problem in report.problems]
    assert report.first_bad_entry == (rows[2].pk if place == "middle" else forged)


def test_an_entry_that_leaves_out_a_place_is_found(history: Path, settings: Any) -> None:
    """As the site's role in the database could add one: hash, link and queue are in order."""
    last = AuditEntry.objects.filter(run=None).latest("seq")
    forged = AuditEntry(seq=last.seq + 2, action="x", at=last.at, prev_hash=last.hash)
    forged.hash = entry_hash(forged)
    forged.save()

    assert named(settings) == forged.pk


@pytest.mark.parametrize("exchanged", ["seq", "id"])
def test_a_changed_order_is_found(history: Path, settings: Any, exchanged: str) -> None:
    one, two = AuditEntry.objects.filter(run=entries()[0].run_id).order_by("seq")[1:3]

    with tampering() as cursor:
        for pk, value in ((one.pk, 10**6), (two.pk, getattr(one, exchanged))):
            cursor.execute(f"UPDATE {TABLE} SET {exchanged} = {value} WHERE id = {pk}")
        moved = 10**6 if exchanged == "id" else one.pk
        cursor.execute(
            f"UPDATE {TABLE} SET {exchanged} = {getattr(two, exchanged)} WHERE id = {moved}"
        )
        assert named(settings) == one.pk


def test_an_entry_moved_to_another_run_is_found(history: Path, settings: Any) -> None:
    last = AuditEntry.objects.filter(action="run.finished")[0]
    other = AuditEntry.objects.filter(action="run.finished")[1]

    with tampering() as cursor:
        cursor.execute(
            f"UPDATE {TABLE} SET run_id = %s, seq = 6, prev_hash = %s WHERE id = %s",
            [other.run_id, other.hash, last.pk],
        )
        rehash_chain(cursor, other.run_id)
        assert named(settings) == last.pk


def test_personal_data_erased_in_silence_is_found(history: Path, settings: Any) -> None:
    victim = AuditEntry.objects.filter(action="question.decided")[1]

    AuditEntry.objects.filter(pk=victim.pk).update(personal=None, salt=None)

    assert named(settings) == victim.pk


def test_personal_data_erased_by_the_book_leaves_the_history_whole(
    history: Path, settings: Any
) -> None:
    erase(AuditEntry.objects.filter(action="question.decided"), actor=None, reason="asked for")

    report = verified(settings)

    assert (report.problems, report.erased) == ([], 4)


@pytest.mark.parametrize(
    "change",
    [
        "at = at + interval '1 second'",
        "entries = '[[1, 2]]'",
        "entries = '{}'",
        "entries = '[[9, 1], [1, 99]]'",
        "leaves = substr(leaves, 33)",
        "leaves = overlay(leaves placing '\\x00' from 1)",
        "count = count + 1",
        "root = '00'",
        "prev_hash = '00'",
        "signature = '00'",
        "signature = 'not hexadecimal'",
        "key = '00'",
        "seq = 99",
    ],
)
def test_a_changed_seal_is_found(history: Path, settings: Any, change: str) -> None:
    with tampering() as cursor:
        cursor.execute(f"UPDATE approvals_auditseal SET {change} WHERE seq = 2")
        for report in (verified(settings), verify()):
            assert 2 in [problem.seal for problem in report.problems]


def test_a_seal_signed_anew_no_longer_fits_the_next_one(history: Path) -> None:
    with tampering():
        sealed = AuditSeal.objects.get(seq=1)
        sealed.at -= timedelta(days=1)
        sealed.signature = keys.sign(seals.seal_statement(sealed))
        sealed.save()

        assert [problem.seal for problem in verify().problems] == [2]


def test_a_missing_seal_is_found(history: Path, settings: Any) -> None:
    with tampering() as cursor:
        cursor.execute("DELETE FROM approvals_auditseal WHERE seq = 2")
        assert 2 in [problem.seal for problem in verify().problems]


def test_a_history_sealed_anew_with_another_key_is_found(history: Path, settings: Any) -> None:
    with tampering() as cursor:
        cursor.execute(f"UPDATE {TABLE} SET at = at - interval '1 day'")
        ours = settings.LANGVEL_AUDIT_KEY
        settings.LANGVEL_AUDIT_KEY = "a key of somebody else's, " * 2
        forge_seals(cursor)
        settings.LANGVEL_AUDIT_KEY = ours
        report = verify()

    assert "not trusted" in " ".join(problem.text for problem in report.problems)


def test_a_history_sealed_anew_with_our_own_key_is_found_by_the_copies_outside(
    history: Path, settings: Any
) -> None:
    with tampering() as cursor:
        cursor.execute(f"UPDATE {TABLE} SET at = at - interval '1 day'")
        forge_seals(cursor)
        inside, outside = verify(), verified(settings)

    assert inside.problems == []
    assert [problem.seal for problem in outside.problems] == [
        sealed.seq for sealed in AuditSeal.objects.order_by("seq")
    ]


def test_a_seal_of_a_former_key_is_trusted_when_its_key_is_listed(
    history: Path, settings: Any
) -> None:
    former = keys.public_key()
    settings.LANGVEL_AUDIT_KEY = "a new key, " * 5

    assert not verified(settings).is_whole
    settings.LANGVEL_AUDIT_TRUSTED_KEYS = [former.upper()]
    assert verified(settings).is_whole


@pytest.mark.parametrize(
    "change",
    ["verb = 'reject'", "reason = 'forged'", "decisions = '[]'", "digest = ''", "actor_id = 0"],
)
def test_a_decision_that_says_something_else_than_its_entry_is_found(
    history: Path, settings: Any, change: str
) -> None:
    victim = AuditEntry.objects.filter(action="question.decided")[1]

    with tampering() as cursor:
        cursor.execute(
            f"UPDATE approvals_decision SET {change} WHERE interrupt_id = %s", [victim.interrupt_id]
        )
        assert named(settings) == victim.pk


def test_a_decision_that_is_gone_is_found(history: Path, settings: Any) -> None:
    victim = AuditEntry.objects.filter(action="question.decided")[1]

    with tampering() as cursor:
        cursor.execute(
            "DELETE FROM approvals_decision WHERE interrupt_id = %s", [victim.interrupt_id]
        )
        assert named(settings) == victim.pk


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM {table} WHERE id = {id}",
        "UPDATE {table} SET hash = '00' WHERE id = {id}",
        "DELETE FROM approvals_auditunsealed WHERE entry_id = {id}",
        "UPDATE approvals_auditunsealed SET hash = '00' WHERE entry_id = {id}",
    ],
)
def test_an_entry_that_still_waits_for_its_seal_is_watched(
    history: Path, settings: Any, change: str
) -> None:
    waiting = audit.append(None, "sign_in.failed")

    with tampering() as cursor:
        cursor.execute(change.format(table=TABLE, id=waiting.pk))
        assert named(settings) == waiting.pk


def change_copies(path: Path, change: Callable[[list[str]], list[str]]) -> None:
    path.write_text("".join(change(path.read_text().splitlines(keepends=True))))


@pytest.mark.parametrize(
    ("change", "seal"),
    [
        (lambda lines: lines[1:], 1),
        (lambda lines: [lines[0], *lines[2:]], 2),
        (lambda lines: [lines[0].replace('"signature": "', '"signature": "0'), *lines[1:]], 1),
        (lambda lines: [*lines, lines[1].replace('"signature": "', '"signature": "0')], 2),
    ],
)
def test_a_changed_copy_of_a_seal_is_found(
    history: Path, settings: Any, change: Callable[[list[str]], list[str]], seal: int
) -> None:
    change_copies(history, change)

    assert [problem.seal for problem in verified(settings).problems] == [seal]


def test_copies_that_are_gone_are_missed(history: Path, settings: Any) -> None:
    history.unlink()

    assert len(verified(settings).problems) == AuditSeal.objects.count()


def test_a_copy_given_twice_is_no_problem(history: Path, settings: Any) -> None:
    change_copies(history, lambda lines: [*lines, lines[0]])

    assert verified(settings).is_whole


def test_since_checks_only_what_came_later(history: Path, settings: Any, sink: Path) -> None:
    with tampering() as cursor:
        cursor.execute(f"UPDATE {TABLE} SET at = at - interval '9 days'")
        cursor.execute("UPDATE approvals_auditseal SET at = at - interval '9 days'")
        forge_seals(cursor)
        old = len(entries())
        cursor.execute("SET LOCAL session_replication_role = origin")
        yesterday = timezone.now() - timedelta(days=1)
        write_history(settings, sink, runs=1)
        report = verify(since=yesterday)

        assert (report.problems, report.entries) == ([], len(entries()) - old)
        assert report.seals == 1


def test_since_misses_nothing_that_waits_for_a_seal_from_before(history: Path) -> None:
    entry = audit.append(None, "audit.verified", ok=True)

    report = verify(since=entry.at + timedelta(microseconds=1))

    assert (report.problems, report.waiting) == ([], 1)


def test_since_goes_on_from_the_entry_before(history: Path, settings: Any) -> None:
    first, second = AuditEntry.objects.filter(run=None).order_by("seq")[:2]

    with tampering() as cursor:
        cursor.execute(f"UPDATE {TABLE} SET hash = repeat('0', 64) WHERE id = %s", [first.pk])
        report = verify(since=second.at)

    assert second.pk in [problem.entry for problem in report.problems]


def test_the_command_says_that_the_history_is_whole(
    history: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("verify_audit", sink=str(history))

    told = capsys.readouterr().out
    assert told.endswith("The history is whole.\n")
    assert AuditEntry.objects.latest("id").facts["ok"] is True


def test_the_command_names_the_first_bad_entry_and_fails(
    history: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    victim = entries()[3]

    with tampering() as cursor:
        cursor.execute(f"UPDATE {TABLE} SET action = 'x' WHERE id = %s", [victim.pk])
        with pytest.raises(CommandError, match="has been changed") as failed:
            call_command("verify_audit", sink=str(history), unrecorded=True)

    told = capsys.readouterr().out
    assert f"First bad entry: {victim.pk}, x #{victim.seq} of run {victim.run_id}" in told
    assert failed.value.returncode == 1


def test_a_check_that_is_not_to_be_recorded_writes_nothing(history: Path) -> None:
    before = len(entries())

    call_command("verify_audit", sink=str(history), unrecorded=True)

    assert len(entries()) == before


def test_every_column_of_an_entry_is_checked() -> None:
    """Whoever adds a column decides whether it belongs into the hash."""
    assert {field.attname for field in AuditEntry._meta.concrete_fields} == {*COLUMNS, "id"}


def test_a_statement_outside_is_readable_without_this_site(history: Path) -> None:
    first = json.loads(next(iter(sinks.read_lines(history)))["statement"])

    assert set(first) == {"v", "seal", "at", "entries", "count", "root", "prev", "key"}
    assert seals.seal() == []
