"""What the demo shows: five people, and runs of the three samples that wait for a decision.

Everything goes through the services, as it would from a page; nothing is made up in the tables.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import Group, User
from django.db import transaction

from approvals.models import Interrupt, Run
from approvals.services.decisions import decide
from approvals.services.runs import start_run

PEOPLE = {
    "alice": ("Alice", "Archer", ("requesters",)),
    "bob": ("Bob", "Baker", ("reviewers",)),
    "carol": ("Carol", "Carver", ("supervisors",)),
    "audrey": ("Audrey", "Abbott", ("auditors",)),
    "admin": ("Ada", "Admin", ("operators",)),
}
SYLLABLES = [first + second for first in "bdklmnr" for second in "aeio"]

Progress = Callable[[str], None]


def passwords(path: Path) -> dict[str, str]:
    """The passwords of the people: made once for a data folder, readable for its owner only."""
    if not path.exists():
        made = {name: _password() for name in PEOPLE}
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(made, file)
    found: dict[str, str] = json.loads(path.read_text())
    return found


def _password() -> str:
    return "-".join("".join(secrets.choice(SYLLABLES) for _ in range(3)) for _ in range(2))


def _quick_hash(password: str) -> str:
    """A tenth of Django's rounds, or five people take three seconds; the first login makes it up.

    The passwords are random and lie beside the database in the clear, for the demo to print.
    """
    hasher = PBKDF2PasswordHasher()
    return hasher.encode(password, hasher.salt(), iterations=hasher.iterations // 10)


@transaction.atomic
def seed_people(known: dict[str, str]) -> None:
    """Make those who are missing; whoever exists keeps what they have."""
    for name, (first, last, groups) in PEOPLE.items():
        person, is_new = User.objects.get_or_create(
            username=name,
            defaults={
                "first_name": first,
                "last_name": last,
                "email": f"{name}@example.com",
                "is_staff": name in {"audrey", "admin"},
                "is_superuser": name == "admin",
            },
        )
        if is_new:
            person.password = _quick_hash(known[name])
            person.save(update_fields=["password"])
            person.groups.set(Group.objects.filter(name__in=groups))


def seed_runs() -> list[int]:
    """Start the runs, once for a database; their ids."""
    if Run.objects.exists():
        return []
    alice = User.objects.get(username="alice")
    return [
        start_run(agent_key=agent, input=values, requested_by=alice, via="api").pk
        for agent, values in requests()
    ]


def wait_for(run_ids: list[int], *, seconds: float, progress: Progress) -> None:
    """Until a worker has taken every run to its first pause or its end."""
    deadline = time.monotonic() + seconds
    moving = Run.objects.filter(pk__in=run_ids, status__in=["pending", "running"])
    while (left := moving.count()) and time.monotonic() < deadline:
        time.sleep(0.2)
    if left:
        progress(f"{left} runs are still on their way")


def seed_history() -> None:
    """A few decisions of yesterday's kind, so that history and audit have something to show."""
    bob, carol = (User.objects.get(username=name) for name in ("bob", "carol"))
    for actor, title, verdict in (
        (bob, "C-200", {"type": "approve", "message": "A good customer for years."}),
        (carol, "C-666", {"type": "reject", "message": "The address does not exist."}),
    ):
        found = next(
            (
                row
                for row in Interrupt.objects.pending()
                if row.run.input.get("customer_id") == title
            ),
            None,
        )
        if found is not None:
            decide(
                found.pk,
                actor=actor,
                version=found.version,
                digest=found.digest,
                decisions=[verdict],
                reason=verdict["message"],
                via="api",
                auth_method="session",
            )


# --- the requests


def requests() -> Iterator[tuple[str, dict[str, Any]]]:
    """Two that are decided at once, one that needs nobody, and a dozen that wait."""
    yield "orders", {"order_id": "1001", "amount": 12_500.0, "customer_id": "C-200"}
    yield "orders", {"order_id": "1002", "amount": 250_000.0, "customer_id": "C-666"}
    yield "orders", {"order_id": "1003", "amount": 480.0, "customer_id": "C-201"}
    yield "orders", {"order_id": "1004", "amount": 18_900.0, "customer_id": "C-202"}
    yield "orders", {"order_id": "1005", "amount": 132_000.0, "customer_id": "C-203"}
    yield "orders", {"order_id": "1006", "amount": 10_000.01, "customer_id": "C-204"}
    yield "orders", {"order_id": "1007", "amount": 64_250.5, "customer_id": "C-205"}
    yield "refunds", refund("R-301", "Nora Quist", "249.90", items=[item("LAMP-20", 1, "249.90")])
    yield (
        "refunds",
        refund(
            "R-302",
            "Grand Hôtel Beau-Rivage",
            "6480.00",
            reason="late",
            priority="urgent",
            items=[item("CHAIR-7", 24, "220.00"), item("TABLE-2", 4, "300.00")],
            details={"contract": "2026-118", "agreed": {"by": "phone", "on": "2026-11-20"}},
            tags=["key account", "second time"],
        ),
    )
    yield (
        "refunds",
        refund(
            "R-303",
            "Ümit Şahin",
            "59.00",
            reason="wrong_item",
            priority="low",
            items=[item("MUG-BLUE", 2, "14.50"), item("MUG-RED", 2, "15.00", gift=True)],
            method={"kind": "card", "last4": "4242"},
        ),
    )
    yield (
        "refunds",
        refund(
            "R-304",
            "Keiko Tanaka",
            "780.00",
            reason="goodwill",
            items=[item("CAMERA-X1", 1, "1299.00")],
            details={"tickets": [8812, 8840], "mood": "patient"},
        ),
    )
    yield (
        "refunds",
        refund(
            "R-305",
            "O'Neill & Sons <Ltd>",
            "1999.99",
            items=[item("PRINTER-9", 1, "1999.99")],
            tags=["check the invoice"],
        ),
    )
    yield "mailer", {"to": "press@example.com", "topic": "the recall of the blue kettle"}
    yield "mailer", {"to": "all-staff@example.com", "topic": "moving to the new office"}
    yield "mailer", {"to": "landlord@example.com", "topic": "the leaking roof"}


def item(sku: str, quantity: int, unit_price: str, *, gift: bool = False) -> dict[str, Any]:
    return {"sku": sku, "quantity": quantity, "unit_price": unit_price, "gift": gift}


def refund(refund_id: str, customer: str, amount: str, **fields: Any) -> dict[str, Any]:
    return {
        "refund_id": refund_id,
        "customer": customer,
        "amount": amount,
        "method": {"kind": "bank", "iban": "DE89370400440532013000"},
        "ship_to": {
            "name": customer,
            "street": "Lindenweg 4",
            "city": "Heidelberg",
            "postcode": "69117",
        },
    } | fields
