"""Files that every page loads, made one: `app.js` and `app.css`.

Asking for fifteen files keeps a slow machine from its first paint longer than reading two does
(docs/performance.md). The modules of `static/js` stay as they are written, each in a scope of its
own; what is vendored goes ahead of them as it is.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseStorageFinder
from django.core.files.storage import FileSystemStorage

BUNDLES = {
    "app.js": (
        "vendor/htmx.min.js",
        "vendor/hx-ws.min.js",
        "js/live.js",
        "js/presence.js",
        "js/notices.js",
        "js/forms.js",
        "js/times.js",
        "js/keys.js",
        "js/fields.js",
        "js/undo.js",
        "js/picking.js",
        "js/palette.js",
        "js/struck.js",
    ),
    "app.css": ("vendor/palette.css", "site.css"),
}
"""The parts in the order in which they count."""


class BundleFinder(BaseStorageFinder):  # type: ignore[misc]
    """Finds each bundle, written anew whenever one of its parts has changed."""

    def __init__(self, app_names: Iterable[str] | None = None) -> None:
        self.folder = Path(settings.DATA_DIR) / "bundles"
        super().__init__(FileSystemStorage(self.folder))

    def find(self, path: str, **options: Any) -> Any:
        if path in BUNDLES:
            self._write(path)
        return super().find(path, **options)

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[Any]:
        for name in BUNDLES:
            self._write(name)
            yield name, self.storage

    def _write(self, name: str) -> None:
        parts = [settings.BASE_DIR / "static" / part for part in BUNDLES[name]]
        bundle = self.folder / name
        newest = max(part.stat().st_mtime for part in [*parts, Path(__file__)])
        if bundle.exists() and bundle.stat().st_mtime >= newest:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=self.folder)
        with os.fdopen(handle, "w") as file:
            file.writelines(map(_within, parts))
        Path(draft).chmod(0o644)
        Path(draft).replace(bundle)


def _within(part: Path) -> str:
    text = part.read_text()
    if not text.endswith("\n"):
        text += "\n"
    if part.parent.name != "js":
        return text
    return f'// {part.name}\n(() => {{\n"use strict";\n{text}}})();\n'
