"""Collect what is to be translated and compile what was: `make messages`. Needs GNU gettext."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.commands import makemessages

# By msgid and without lines, so that a diff shows only what was said in other words.
_ORDER = ["--no-location", "--sort-output", "--no-wrap"]
_STAMPS = ('"POT-Creation-Date', '"PO-Revision-Date')


class Command(makemessages.Command):
    help = __doc__
    xgettext_options = [*makemessages.Command.xgettext_options, *_ORDER]
    msgmerge_options = [*makemessages.Command.msgmerge_options, *_ORDER, "--no-fuzzy-matching"]
    msgattrib_options = [*makemessages.Command.msgattrib_options, *_ORDER]

    def handle(self, *args: Any, **options: Any) -> None:
        others = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
        ignored = ["tests", "frontend", ".venv", ".langvel", "benchmarks", "docs"]
        told = {"locale": others, "ignore_patterns": ignored, "no_obsolete": True, "verbosity": 0}
        super().handle(*args, **options | told)
        for locale in others:
            written = Path(settings.LOCALE_PATHS[0]) / locale / "LC_MESSAGES" / self.domain
            compiled = ["msgfmt", "--check-format", "-o", f"{written}.mo", f"{written}.po"]
            subprocess.run(compiled, check=True)

    def write_po_file(self, potfile: str, locale: str) -> None:
        super().write_po_file(potfile, locale)
        path = Path(potfile).parent / locale / "LC_MESSAGES" / f"{self.domain}.po"
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(line for line in lines if not line.startswith(_STAMPS)))
