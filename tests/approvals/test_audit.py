from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from approvals import audit
from approvals.audit.chain import entry_hash
from approvals.models import AuditEntry
from tests.factories import make_run

pytestmark = pytest.mark.django_db


def test_entries_of_a_run_form_a_chain() -> None:
    run = make_run()

    first = audit.append(run, "run.started")
    second = audit.append(run, "run.finished")

    assert (first.seq, first.prev_hash) == (1, "")
    assert (second.seq, second.prev_hash) == (2, first.hash)


def test_each_run_has_a_chain_of_its_own() -> None:
    audit.append(make_run(), "run.started")

    assert audit.append(make_run(), "run.started").seq == 1


def test_a_hash_can_be_made_again_from_the_stored_row() -> None:
    audit.append(make_run(), "run.started", amount=1.5, big=2**80, text="ü", none=None)

    stored = AuditEntry.objects.get()

    assert entry_hash(stored) == stored.hash


@pytest.mark.parametrize("change", [{"action": "x"}, {"data": {"a": 1}}, {"actor_id": 1}])
def test_a_changed_entry_no_longer_fits_its_hash(change: dict[str, object]) -> None:
    entry = audit.append(make_run(), "run.started")

    for field, value in change.items():
        setattr(entry, field, value)

    assert entry_hash(entry) != entry.hash


def test_a_place_in_the_chain_is_taken_once() -> None:
    entry = audit.append(make_run(), "run.started")
    entry.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        entry.save(force_insert=True)
