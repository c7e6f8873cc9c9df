"""What a page may weigh, in bytes as they travel, and a question that fills one."""

from __future__ import annotations

from typing import Any

from tests.factories import ACTION

KB = 1024

BUDGETS = {"js": 30 * KB, "css": 12 * KB, "html_gzipped": 12 * KB}
"""`css` is style sheets, palette and icons."""

OF_A_RUN = BUDGETS | {"html_gzipped": 16 * KB}
"""Of a run with its story."""

OF_BOTH = OF_A_RUN | {"css": 12 * KB + 512}
"""Of a list and a question beside each other."""

_LINE = {
    "type": "object",
    "properties": {
        "sku": {"type": "string", "title": "Stock number"},
        "quantity": {"type": "integer", "minimum": 1},
        "price": {"type": "string", "title": "Unit price"},
        "gift": {"type": "boolean"},
    },
    "required": ["sku", "quantity", "price"],
}
_SCHEMA = {
    "type": "object",
    "properties": {
        "customer": {"type": "string"},
        "amount": {"type": "number"},
        "priority": {"enum": ["low", "normal", "urgent"]},
        "send_at": {"type": ["string", "null"], "format": "date-time"},
        "notify": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "items": {"type": "array", "items": _LINE},
        "letter": {"type": "string"},
        "details": {"type": "object"},
    },
    "required": ["customer", "amount", "items"],
}
_ARGS = {
    "customer": "Grand Hôtel Beau-Rivage",
    "amount": 6480.0,
    "priority": "urgent",
    "send_at": None,
    "notify": True,
    "tags": ["key account", "second time"],
    "items": [
        {"sku": f"CHAIR-{at}", "quantity": at, "price": "220.00", "gift": at == 2}
        for at in (1, 2, 3, 4)
    ],
    "letter": "Dear customer,\n\n" + "we are sorry for the trouble. " * 12,
    "details": {"contract": "2026-118", "agreed": {"by": "phone", "on": "2026-11-20"}},
}
_TALK = [
    {"type": "human", "content": "The chairs came three weeks late, we had to hire others."},
    {
        "type": "ai",
        "content": "Let me look at the order.",
        "tool_calls": [{"id": "1", "name": "find_order", "args": {"customer": "Beau-Rivage"}}],
    },
    {"type": "tool", "tool_call_id": "1", "name": "find_order", "content": '{"order": 88123}'},
    {"type": "ai", "content": "The delay is ours. I would refund **6480.00** and write to them."},
]

RICH: dict[str, Any] = {
    "risk": "high",
    "title": "Refund 6480.00 to Grand Hôtel Beau-Rivage",
    "summary": "4 lines returned (late), priority urgent",
    "effect": "6480.00 EUR go to account DE89370400440532013000, at once.",
    "description": "**Why**: above the limit of 100.00.\n\n- the account is new\n- second refund",
    "actions": [ACTION | {"args": _ARGS, "schema": _SCHEMA}],
    "state": _ARGS | {"messages": _TALK, "approved_by": None, "attempts": 1},
    "policy": {
        "why": ["The amount is above the automatic limit of 100.00."],
        "flagged": ["/amount"],
        "notes": {"/amount": "Compare it with the returned items."},
        "reason_required": True,
        "confirm": True,
        "unlooked": 8,
    },
}
