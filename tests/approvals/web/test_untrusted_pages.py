"""No page lets a text of an agent or of a person hide, act or lose a digit; every page is asked."""

from __future__ import annotations

import re
from typing import Any

import pytest

from approvals import audit
from approvals.models import Agent, Interrupt, Run
from approvals.services.comments import comment
from tests.approvals.web.reading import HTMX, words
from tests.factories import (
    ACTION,
    make_agent,
    make_decision,
    make_history,
    make_interrupt,
    make_run,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_registered")]

POISON = "p\u0430ypal \u202egpj.exe\u200b <img src=x onerror=alert(1)> \u2066end"
HUGE = 2**80
LONG = f"{POISON} {'long ' * 60_000}"
FAKE = "1e400"

_CONTROLS = re.compile(
    r'<textarea[^>]*>.*?</textarea>|(?<=\s)(value|data-[a-z-]+)="[^"]*"', re.DOTALL
)
"""What a control holds goes back as it came, and what it cannot show is told beside it; data for
scripts is read by nobody."""

_HIDING = re.compile("[\u200b\u202e\u2066]")


def hostile(run: Run | None = None, **fields: Any) -> Interrupt:
    args = {"amount": HUGE, "note": POISON, POISON: FAKE}
    return make_interrupt(
        **{
            "run": run or make_run(input={"amount": HUGE, "memo": POISON, "long": LONG}),
            "title": POISON,
            "summary": POISON,
            "effect": POISON,
            "description": f"{POISON} ![beacon](https://evil.example/a.png)",
            "node": POISON,
            "actions": [ACTION | {"args": args, "name": POISON, "description": POISON}],
            "state": {"rest": LONG, "number": HUGE, "text": FAKE, POISON: [POISON]},
            "policy": {
                "why": [POISON], "flagged": ["/note"], "notes": {"/note": POISON},
                "reasons": [POISON], "unlooked": 2,
            },
        }
        | fields
    )  # fmt: skip


@pytest.fixture
def places(bob: Any) -> dict[str, Any]:
    """Every page that shows such a text, by name."""
    waits = hostile()
    comment(waits.pk, author=make_user("carol", "reviewers"), body=f"@bob {POISON}")
    audit.append(waits.run, "run.started", reason=POISON)
    audit.append(waits.run, "question.asked", interrupt=waits)
    done = hostile()
    make_decision(done, reason=POISON, decisions=[{"type": "edit", "args": {"amount": HUGE + 1}}])
    audit.append(
        done.run, "question.decided", interrupt=done, verb="edit", reason=POISON,
        decisions=[{"type": "edit", "args": {"amount": HUGE + 1, "note": POISON}}],
    )  # fmt: skip
    failed = make_run(
        status="error", thread_id=f"x {POISON}",
        error={"type": POISON, "message": LONG, "node": POISON, "detail": POISON},
    )  # fmt: skip
    talk = {"messages": [{"type": "ai", "content": POISON, "name": POISON}]}
    over = make_run(status="success", result=talk | {"amount": HUGE, "text": FAKE})
    state = make_history(over)[1]
    state.state = {"amount": HUGE, "note": POISON, "text": FAKE}
    state.save()
    Agent.objects.filter(pk=make_agent().pk).update(description=POISON)
    row = f"{waits.pk}:{waits.version}:{waits.digest}"
    return {
        "inbox": "/",
        "split view": f"/?item={waits.pk}",
        "search": f"/?q={POISON}",
        "news": ("/inbox/news/", {"row": waits.pk, "since": "2020-01-01T00:00:00+00:00"}),
        "sheet": (None, "/inbox/bulk/", {"act": "approve", "item": row}),
        "results": (None, "/inbox/bulk/do/", {"act": "approve", "item": f"{waits.pk}:9:{'0' * 9}"}),
        "review": f"/interrupts/{waits.pk}/",
        "decided": f"/interrupts/{done.pk}/",
        "comments": (f"/interrupts/{waits.pk}/comments/", {}),
        "raw": f"/interrupts/{waits.pk}/raw/",
        "banner": f"/interrupts/{done.pk}/banner/",
        "decided list": "/decided/",
        "done": "/?view=decided",
        "notifications": "/notifications/",
        "runs": "/runs/",
        "run that waits": f"/runs/{waits.run_id}/",
        "run decided": f"/runs/{done.run_id}/",
        "run that failed": f"/runs/{failed.pk}/",
        "run that ended": f"/runs/{over.pk}/",
        "card": f"/runs/{waits.run_id}/card/",
        "raw run": f"/runs/{waits.run_id}/raw/",
        "states": f"/runs/{over.pk}/history/",
        "state": f"/runs/{over.pk}/history/{state.checkpoint_id}/",
        "agents": "/agents/",
        "agent": "/agents/payments/",
        "insights": "/insights/",
        "palette": "/palette/",
    }  # fmt: skip


def opened(client: Any, place: Any) -> Any:
    if isinstance(place, str):
        return client.get(place)
    if place[0] is None:
        return client.post(*place[1:])
    return client.get(*place, **HTMX)


def test_no_page_lets_a_text_hide_or_act(bob: Any, places: dict[str, Any]) -> None:
    faults = {}
    for name, place in places.items():
        page = opened(bob, place)
        html = _CONTROLS.sub("", page.content.decode())
        is_html = page["Content-Type"].startswith("text/html")
        faults[name] = [
            what
            for what, is_wrong in {
                f"status {page.status_code}": page.status_code != 200,
                "hides": _HIDING.search(html),
                "acts": is_html and "<img src=x" in html,
                "loads": is_html and 'src="https://evil' in html,
            }.items()
            if is_wrong
        ]

    assert {name: found for name, found in faults.items() if found} == {}


@pytest.mark.parametrize(
    "name",
    ["inbox", "sheet", "results", "review", "decided", "comments", "decided list", "notifications",
     "run that waits", "run that failed", "run that ended", "card", "state"],
)  # fmt: skip
def test_mixed_alphabets_are_flagged_wherever_they_are_read(
    bob: Any, places: dict[str, Any], name: str
) -> None:
    assert "Cyrillic + Latin" in words(opened(bob, places[name]))


@pytest.mark.parametrize(
    "name", ["review", "decided", "run that waits", "run decided", "run that ended", "state", "raw"]
)
def test_numbers_stand_to_the_last_digit(bob: Any, places: dict[str, Any], name: str) -> None:
    assert str(HUGE) in opened(bob, places[name]).content.decode()


@pytest.mark.parametrize("name", ["review", "run that ended", "state", "raw"])
def test_a_text_that_looks_like_a_number_stays_that_text(
    bob: Any, places: dict[str, Any], name: str
) -> None:
    html = opened(bob, places[name]).content.decode()

    assert FAKE in html
    assert "inf" not in re.findall(r">\s*(-?inf|Infinity)\s*<", html)


@pytest.mark.parametrize("name", ["review", "run that waits", "run that failed"])
def test_long_values_are_cut_with_length_and_hash(
    bob: Any, places: dict[str, Any], name: str
) -> None:
    assert re.search(r"[\d,]+ characters, sha256 [0-9a-f]{12}", words(opened(bob, places[name])))
