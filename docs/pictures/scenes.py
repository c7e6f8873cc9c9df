"""Every page and state worth a picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from playwright.sync_api import Page

from docs.pictures import ways


@dataclass(frozen=True)
class Scene:
    name: str
    person: str
    arrange: Callable[[Page], None]
    whole: bool = True
    """Whether the picture is as tall as the page, or as the window."""

    @property
    def is_list(self) -> bool:
        return self.name.startswith(("inbox", "bulk"))


def _scenes() -> Iterator[Scene]:
    yield Scene("inbox", "bob", ways.at("/"))
    yield Scene("inbox-split", "bob", ways.split, whole=False)
    yield Scene("inbox-filters", "bob", ways.filters)
    yield Scene("inbox-save", "bob", ways.saving)
    yield Scene("inbox-picked", "bob", ways.picked)
    yield Scene("inbox-snoozed", "bob", ways.at("/?view=snoozed"))
    yield Scene("inbox-decided", "bob", ways.at("/?view=decided"))
    yield Scene("inbox-empty", "bob", ways.at("/?view=mine&q=nothing"))
    yield Scene("inbox-misread", "bob", ways.at("/?q=risk:huge+is:late"))
    yield Scene("bulk-preview", "bob", ways.bulk, whole=False)
    yield Scene("bulk-results", "bob", ways.bulk_done, whole=False)
    yield Scene("palette", "bob", ways.palette, whole=False)
    yield Scene("keys", "bob", ways.keys, whole=False)
    yield Scene("menu", "bob", ways.menu, whole=False)
    yield Scene("review-low", "bob", ways.ask("Let Nils"))
    yield Scene("review-high", "bob", ways.ask("Refund 780.00"))
    yield Scene("review-critical", "bob", ways.ask("Refund 6480.00"))
    yield Scene("review-order", "bob", ways.ask("Process order 1004"))
    yield Scene("review-mail", "bob", ways.ask("Send this mail to press"))
    yield Scene("review-choice", "bob", ways.ask("Which warehouse"))
    yield Scene("review-several", "bob", ways.ask("Close the account"))
    yield Scene("review-several-refused", "bob", ways.several_refused)
    yield Scene("review-edited", "bob", ways.edited)
    yield Scene("review-refused", "bob", ways.refused)
    yield Scene("review-careful", "bob", ways.careful)
    yield Scene("review-rejecting", "bob", ways.rejecting)
    yield Scene("review-conflict", "bob", ways.conflict)
    yield Scene("review-taken-over", "bob", ways.taken_over)
    yield Scene("review-decided", "bob", ways.decided)
    yield Scene("review-undo", "bob", ways.toast)
    yield Scene("review-own", "alice", ways.ask("Refund 59.00"))
    yield Scene("decided", "bob", ways.at("/decided/"))
    yield Scene("saved-views", "bob", ways.at("/views/"))
    yield Scene("notifications", "bob", ways.at("/notifications/"))
    yield Scene("settings", "bob", ways.at("/settings/"))
    yield Scene("runs", "carol", ways.at("/runs/"))
    yield Scene("runs-empty", "carol", ways.at("/runs/?status=error&agent=mailer"))
    yield Scene("run-waiting", "carol", ways.run("R-304"))
    yield Scene("run-pending", "carol", ways.run("1101"))
    yield Scene("run-running", "carol", ways.run("1102"))
    yield Scene("run-failed", "carol", ways.run("1103"))
    yield Scene("run-cancelled", "carol", ways.run("1104"))
    yield Scene("run-done", "carol", ways.run("1001"))
    yield Scene("run-fork", "admin", ways.fork)
    yield Scene("history", "admin", ways.history)
    yield Scene("checkpoint", "admin", ways.checkpoint)
    yield Scene("fork-refused", "admin", ways.fork_error)
    yield Scene("agents", "alice", ways.at("/agents/"))
    yield Scene("agent", "alice", ways.at("/agents/refunds/"))
    yield Scene("start", "alice", ways.at("/agents/refunds/start/"))
    yield Scene("start-refused", "alice", ways.starting_refused)
    yield Scene("insights", "carol", ways.at("/insights/?range=30d"))
    yield Scene("audit", "audrey", ways.at("/admin/approvals/auditentry/"))
    yield Scene("audit-entry", "audrey", ways.entry)
    yield Scene("admin", "audrey", ways.at("/admin/"))
    yield Scene("sign-in", "", ways.at("/login/"))
    yield Scene("sign-in-refused", "", ways.sign_in_refused)
    yield Scene("error-400", "bob", ways.posted("/inbox/bulk/"))
    yield Scene("error-403", "bob", ways.at("/agents/refunds/start/"))
    yield Scene("error-404", "bob", ways.at("/nowhere/"))
    yield Scene("error-409", "carol", ways.gone)
    yield Scene("error-500", "bob", ways.broken)


SCENES = list(_scenes())
