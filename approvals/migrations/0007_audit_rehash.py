"""Entries written before time and commitments were in their hash: their chains are made anew."""

import hashlib
import json
import secrets
from datetime import UTC

from django.db import migrations

FACTS = {
    "agent", "auth", "digest", "node", "reask", "type", "verb", "version", "via",
}  # fmt: skip


def canonical(value):
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def rehash(apps, schema_editor):
    entry_model = apps.get_model("approvals", "AuditEntry")
    unsealed_model = apps.get_model("approvals", "AuditUnsealed")
    run, head = None, ""
    for entry in entry_model.objects.order_by("run_id", "seq").iterator(chunk_size=1000):
        if entry.run_id != run:
            run, head = entry.run_id, ""
        head = anew(entry, head)
        entry.save(update_fields=["facts", "personal", "salt", "commitment", "prev_hash", "hash"])
        unsealed_model.objects.create(entry_id=entry.pk, hash=head)


def anew(entry, prev_hash):
    entry.facts = {key: value for key, value in entry.data.items() if key in FACTS}
    personal = {key: value for key, value in entry.data.items() if key not in FACTS}
    if personal:
        entry.personal, entry.salt = personal, secrets.token_hex(16)
        entry.commitment = digest(f"{entry.salt}\n{canonical(personal)}")
    entry.prev_hash = prev_hash
    said = {
        "v": 1,
        "run": entry.run_id,
        "seq": entry.seq,
        "interrupt": entry.interrupt_id,
        "actor": entry.actor_id,
        "action": entry.action,
        "at": entry.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "facts": entry.facts,
        "commitment": entry.commitment,
        "prev": prev_hash,
    }
    entry.hash = digest(canonical(said))
    return entry.hash


class Migration(migrations.Migration):
    dependencies = [("approvals", "0006_audit_columns")]

    operations = [migrations.RunPython(rehash)]
