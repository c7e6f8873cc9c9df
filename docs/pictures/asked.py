"""What a program without a graph asks: several actions in one question, words of others, a choice."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User

from approvals.services.requests import ask

MAIL = {
    "type": "object",
    "properties": {
        "to": {"type": "string", "title": "To"},
        "subject": {"type": "string", "title": "Subject"},
        "copies": {"type": "integer", "title": "Copies", "maximum": 3},
    },
    "required": ["to", "subject", "copies"],
}
ACCESS = {
    "type": "object",
    "properties": {
        "user": {"type": "string", "title": "User"},
        "role": {"enum": ["reader", "writer", "maintainer"], "title": "Role"},
        "days": {"type": "integer", "title": "For how many days", "minimum": 1, "maximum": 90},
    },
    "required": ["user", "role", "days"],
}


def seed_requests(alice: User) -> None:
    for asking in (SEVERAL, CHOICE, ARCHIVE, *map(_access, range(4))):
        ask(_whole(asking), requested_by=alice, via="api", source="helpdesk")


def _whole(asking: dict[str, Any]) -> dict[str, Any]:
    blank = {
        "summary": "",
        "effect": "",
        "description": "",
        "risk": "medium",
        "state": {},
        "metadata": {},
    }
    actions = [{"description": "", "schema": None} | action for action in asking["actions"]]
    return blank | asking | {"actions": actions}


def _access(at: int) -> dict[str, Any]:
    name = ("jonas", "mei", "amara", "pavel")[at]
    role = ("reader", "writer", "reader", "reader")[at]
    return {
        "title": f"Give {name} access to billing-reports",
        "summary": f"as {role}, for 14 days",
        "effect": f"{name} can open billing-reports as {role} until the grant ends by itself.",
        "risk": "low",
        "actions": [
            {
                "name": "grant_access",
                "args": {"user": name, "role": role, "days": 14},
                "schema": ACCESS,
                "allowed": ["approve", "edit", "reject"],
            }
        ],
    }


SEVERAL: dict[str, Any] = {
    "title": "Close the account of Ana Ruiz",
    "summary": "three steps, one cannot be taken back",
    "effect": "Ana gets a last mail, her folder is wiped, and her tickets go to the team you name.",
    "risk": "high",
    "description": "Ana asked for this in **ticket 8841**, and once more by phone.",
    "actions": [
        {
            "name": "send_mail",
            "description": "Says good-bye and how to come back.",
            "args": {"to": "ana@example.org", "subject": "Your account is closed", "copies": 1},
            "schema": MAIL,
            "allowed": ["approve", "edit", "reject"],
        },
        {
            "name": "wipe_folder",
            "description": "Cannot be taken back.",
            "args": {"path": "/srv/customers/ana-ruiz", "files": 214},
            "allowed": ["approve", "reject"],
        },
        {
            "name": "choose_team",
            "args": {"question": "Which team takes over her two open tickets?"},
            "allowed": ["respond"],
        },
    ],
    "state": {
        "messages": [
            {"type": "human", "content": "Please close my account, I move abroad."},
            {
                "type": "ai",
                "content": "",
                "tool_calls": [{"id": "c1", "name": "find_customer", "args": {"name": "Ana Ruiz"}}],
            },
            {
                "type": "tool",
                "tool_call_id": "c1",
                "name": "find_customer",
                "content": '{"id": 4410, "tickets": [8841, 8850]}',
            },
            {
                "type": "ai",
                "content": "I found the account. I will send a mail, wipe the folder and hand over the tickets.",
            },
        ]
    },
}

CHOICE: dict[str, Any] = {
    "title": "Which warehouse ships order 1088?",
    "summary": "Graz is nearer, Linz has the stock",
    "actions": [
        {
            "name": "choose_warehouse",
            "args": {"order": 1088, "question": "Which warehouse ships it?"},
            "allowed": ["respond"],
            "response_schema": {"enum": ["Graz", "Linz"], "title": "Warehouse"},
        }
    ],
}

ARCHIVE: dict[str, Any] = {
    "title": "Let Nils read the sales archive",
    "summary": "until Friday",
    "effect": "Nils can read every file of the sales archive until Friday evening.",
    "risk": "low",
    "actions": [
        {
            "name": "share_archive",
            "args": {"user": "nils", "role": "reader", "days": 4},
            "schema": ACCESS,
            "allowed": ["approve", "edit", "reject"],
        }
    ],
}
