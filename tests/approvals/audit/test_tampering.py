"""500 random tamperings, all found. `LANGVEL_SEED=… pytest …` repeats a run."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from approvals.audit.statement import commit
from approvals.models import AuditEntry, AuditSeal
from tests.approvals.audit.history import entries, tampering, verified
from tests.approvals.audit.rewriting import forge_seals, insert, rehash_chain

TAMPERINGS = 500
TABLE = "approvals_auditentry"

Tampering = Callable[[Any, random.Random], None]


def edit(cursor: Any, chance: random.Random) -> None:
    _edit(cursor, chance.choice(entries()), chance)


def edit_hash(cursor: Any, chance: random.Random) -> None:
    column = chance.choice(["hash", "prev_hash"])
    cursor.execute(
        f"UPDATE {TABLE} SET {column} = %s WHERE id = %s",
        [f"{chance.getrandbits(256):064x}", chance.choice(entries()).pk],
    )


def edit_and_rehash(cursor: Any, chance: random.Random) -> None:
    victim = chance.choice(entries())
    _edit(cursor, victim, chance)
    rehash_chain(cursor, victim.run_id)


def rewrite_words(cursor: Any, chance: random.Random) -> None:
    """Other words with a commitment that fits them, in a chain that fits it."""
    victim = chance.choice([entry for entry in entries() if entry.personal])
    forged = {"reason": f"forged {chance.random()}"}
    cursor.execute(
        f"UPDATE {TABLE} SET personal = %s, commitment = %s WHERE id = %s",
        [f'{{"reason": "{forged["reason"]}"}}', commit(victim.salt or "", forged), victim.pk],
    )
    if chance.random() < 0.5:
        rehash_chain(cursor, victim.run_id)


def delete(cursor: Any, chance: random.Random) -> None:
    victims = chance.sample(entries(), chance.randint(1, 3))
    for victim in victims:
        cursor.execute(f"DELETE FROM {TABLE} WHERE id = %s", [victim.pk])
    if chance.random() < 0.5:
        rehash_chain(cursor, victims[0].run_id)


def cut_off(cursor: Any, chance: random.Random) -> None:
    first = chance.choice(entries()).pk
    cursor.execute(f"DELETE FROM {TABLE} WHERE id >= %s", [first])
    if chance.random() < 0.5:
        cursor.execute("DELETE FROM approvals_auditseal WHERE seq >= 3")


def insert_one(cursor: Any, chance: random.Random) -> None:
    after = chance.choice(entries())
    insert(cursor, after=after)
    rehash_chain(cursor, after.run_id)


def exchange(cursor: Any, chance: random.Random) -> None:
    column = chance.choice(["facts", "actor_id", "action", "at", "hash", "personal"])
    one, two = chance.sample(entries(), 2)
    while getattr(one, column) == getattr(two, column):
        one, two = chance.sample(entries(), 2)
    cursor.execute(
        f"UPDATE {TABLE} a SET {column} = b.{column} FROM {TABLE} b"
        " WHERE (a.id, b.id) IN ((%s, %s), (%s, %s))",
        [one.pk, two.pk, two.pk, one.pk],
    )


def erase_in_silence(cursor: Any, chance: random.Random) -> None:
    victim = chance.choice([entry for entry in entries() if entry.personal])
    cursor.execute(f"UPDATE {TABLE} SET personal = NULL, salt = NULL WHERE id = %s", [victim.pk])


def change_seal(cursor: Any, chance: random.Random) -> None:
    change = chance.choice(
        [
            "at = at - interval '1 microsecond'",
            "entries = '[[1, 1]]'",
            "leaves = overlay(leaves placing '\\x0000' from 5)",
            "count = count + 1",
            "root = repeat('0', 64)",
            "prev_hash = repeat('0', 64)",
            "key = repeat('0', 64)",
            "signature = reverse(signature)",
        ]
    )
    seq = chance.randint(1, AuditSeal.objects.count())
    cursor.execute(f"UPDATE approvals_auditseal SET {change} WHERE seq = %s", [seq])


def remove_seals(cursor: Any, chance: random.Random) -> None:
    first = chance.randint(1, AuditSeal.objects.count())
    sign = chance.choice(["=", ">="])
    cursor.execute(f"DELETE FROM approvals_auditseal WHERE seq {sign} %s", [first])


def forge_everything(cursor: Any, chance: random.Random) -> None:
    """With the key at hand: only the copies outside tell."""
    _edit(cursor, chance.choice(entries()), chance)
    forge_seals(cursor)


def change_decision(cursor: Any, chance: random.Random) -> None:
    change = chance.choice(["verb = 'reject'", "reason = 'forged'", "digest = ''", "actor_id = 0"])
    victim = chance.choice([entry for entry in entries() if entry.action == "question.decided"])
    cursor.execute(
        f"UPDATE approvals_decision SET {change} WHERE interrupt_id = %s", [victim.interrupt_id]
    )


KINDS: list[Tampering] = [
    edit, edit_hash, edit_and_rehash, rewrite_words, delete, cut_off, insert_one, exchange, erase_in_silence,
    change_seal, remove_seals, forge_everything, change_decision,
]  # fmt: skip


def _edit(cursor: Any, victim: AuditEntry, chance: random.Random) -> None:
    """One column is given another value than it has."""
    changes = {
        "action": f"x.{chance.randint(0, 999)}",
        "at": f"2020-01-01T00:00:00.{chance.randint(0, 999999):06}Z",
        "facts": f'{{"verb": "{chance.randint(0, 999)}"}}',
        "commitment": f"{chance.getrandbits(256):064x}",
        "actor_id": chance.randint(10**6, 10**9),
        "interrupt_id": chance.randint(10**6, 10**9),
    }
    if victim.personal:
        changes["salt"] = f"{chance.getrandbits(128):032x}"
    column = chance.choice(list(changes))
    cursor.execute(f"UPDATE {TABLE} SET {column} = %s WHERE id = %s", [changes[column], victim.pk])


@pytest.mark.slow
def test_500_random_tamperings_are_all_found(history: Path, settings: Any) -> None:
    seed = int(os.environ.get("LANGVEL_SEED") or random.randrange(2**32))
    print(f"LANGVEL_SEED={seed}")
    chance = random.Random(seed)
    assert verified(settings).problems == []
    missed = []

    for number in range(TAMPERINGS):
        tamper = KINDS[number % len(KINDS)]
        with tampering() as cursor:
            tamper(cursor, chance)
            if verified(settings).is_whole:
                missed.append((number, tamper.__name__))

    assert (missed, verified(settings).problems) == ([], [])
