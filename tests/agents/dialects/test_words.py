from __future__ import annotations

from typing import Any

import pytest

from agents.dialects import words


@pytest.mark.parametrize(
    ("name", "args", "title"),
    [
        ("send_email", {"subject": "Hi", "to": "a@b.c"}, "Send email to a@b.c"),
        ("send-email", {"to": ["a", "b"]}, "Send email to a, b"),
        ("delete_file", {"path": "/etc/passwd"}, "Delete file /etc/passwd"),
        ("run", {"command": "rm -rf /"}, "Run: rm -rf /"),
        ("refund", {"order": 7, "amount": 12.5}, "Refund 12.5"),
        ("tick", {"flag": True}, "Tick: true"),
        ("tick", {"nested": {"a": 1}}, "Tick"),
        ("tick", {}, "Tick"),
        ("_", [1], "Call a tool"),
    ],
)
def test_a_call_is_titled_by_what_it_does(name: str, args: Any, title: str) -> None:
    assert words.headline(name, args) == title


def test_a_title_is_one_line_without_hidden_characters() -> None:
    title = words.headline("send", {"to": "a\u202e\nb\x00c\u200b" + "x" * 500})

    assert title == "Send to a bc" + "x" * 55 + "…"


def test_hosts_are_named_verbatim() -> None:
    calls = [("get", {"url": "https://evil.example@good.example/x"}), ("get", {"url": "http://["})]

    assert words.effect(calls) == "Runs get with the host good.example."
