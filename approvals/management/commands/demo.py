"""manage.py demo: a whole site with people, a worker and questions that wait."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from approvals import demo
from approvals.lifeline import Lifeline
from approvals.models import Agent

STARTED_WITHIN = 60.0
STOPPED_WITHIN = 8.0


class Stopped(Exception):
    """Somebody asked the demo to end."""


class Command(BaseCommand):
    help = "Start a site with demo people, a worker and live samples. Ctrl-C ends all of it."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.lifeline = Lifeline()
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            signal.signal(getattr(signal, name), _stop)
        try:
            self._refuse_a_taken_port()
            self._start()
            self._watch()
        except Stopped:
            self._say("\nStopping")
        finally:
            self._end_children()

    def _start(self) -> None:
        known = demo.passwords(settings.DATA_DIR / "demo-passwords.json")
        self._say("Preparing the database")
        call_command("migrate", verbosity=0, skip_checks=True)
        self._say("Starting the site and a worker")
        self._spawn("serve")
        self._spawn("worker")
        demo.seed_people(known)
        self._await_agents()
        if started := demo.seed_runs():
            self._say(f"Running {len(started)} requests up to where they need a person")
            demo.wait_for(started, seconds=STARTED_WITHIN, progress=self._say)
            demo.seed_history()
        self._await_site()
        self._introduce(known)

    def _introduce(self, known: dict[str, str]) -> None:
        duties = {
            "alice": "asks",
            "bob": "reviews",
            "carol": "reviews, may cancel and retry",
            "audrey": "audits",
            "admin": "may do everything",
        }
        people = "\n".join(
            f"  {name:<8} {password:<16} {duties[name]}" for name, password in known.items()
        )
        self._say(f"\nReady at {_address()}\n\n{people}\n\nCtrl-C ends it.")

    def _spawn(self, command: str) -> None:
        # A session of its own: Ctrl-C reaches the demo alone, which ends its children in order.
        self.children[command] = subprocess.Popen(
            [sys.executable, sys.argv[0], command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            **self.lifeline.for_child(),
        )

    def _await_agents(self) -> None:
        """A worker publishes the agents it found before it takes its first job."""
        wanted = set(settings.LANGVEL_AGENTS)
        self._until(lambda: wanted <= set(Agent.objects.values_list("key", flat=True)))

    def _await_site(self) -> None:
        self._until(lambda: _answers(settings.PORT))

    def _until(self, holds: Any) -> None:
        deadline = time.monotonic() + STARTED_WITHIN
        while not holds():
            self._refuse_dead_children()
            if time.monotonic() > deadline:
                raise CommandError(f"The site is not up after {STARTED_WITHIN:.0f} seconds.")
            time.sleep(0.1)

    def _watch(self) -> None:
        while True:
            self._refuse_dead_children()
            time.sleep(0.5)

    def _refuse_dead_children(self) -> None:
        for name, child in self.children.items():
            if (code := child.poll()) is not None:
                raise CommandError(f"`manage.py {name}` ended by itself (code {code}).")

    def _refuse_a_taken_port(self) -> None:
        if _answers(settings.PORT):
            raise CommandError(
                f"Something already listens on port {settings.PORT}. Set PORT to another one."
            )

    def _end_children(self) -> None:
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
        for child in self.children.values():
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
        deadline = time.monotonic() + STOPPED_WITHIN
        for child in self.children.values():
            try:
                child.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _stop(*_: Any) -> None:
    raise Stopped


def _address() -> str:
    return f"http://127.0.0.1:{settings.PORT}"


def _answers(port: int) -> bool:
    host = "127.0.0.1" if settings.HOST in {"0.0.0.0", "::"} else settings.HOST  # noqa: S104
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False
