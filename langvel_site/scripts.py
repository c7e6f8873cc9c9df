"""The modules of `static/js` as the one script that pages load.

Asking for eleven files keeps a slow machine from its first paint longer than reading one does
(docs/performance.md). The modules stay as they are written, each in a scope of its own.
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

NAME = "app.js"
MODULES = (
    "live",
    "presence",
    "notices",
    "forms",
    "times",
    "keys",
    "fields",
    "undo",
    "picking",
    "palette",
    "struck",
)
"""In the order in which they run."""


class OneScriptFinder(BaseStorageFinder):  # type: ignore[misc]
    """Finds `app.js`, written anew whenever a module has changed."""

    def __init__(self, app_names: Iterable[str] | None = None) -> None:
        self.folder = Path(settings.DATA_DIR) / "scripts"
        super().__init__(FileSystemStorage(self.folder))

    def find(self, path: str, **options: Any) -> Any:
        if path == NAME:
            self._write()
        return super().find(path, **options)

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[Any]:
        self._write()
        yield NAME, self.storage

    def _write(self) -> None:
        sources = [settings.BASE_DIR / "static" / "js" / f"{name}.js" for name in MODULES]
        script = self.folder / NAME
        newest = max(source.stat().st_mtime for source in [*sources, Path(__file__)])
        if script.exists() and script.stat().st_mtime >= newest:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=self.folder)
        with os.fdopen(handle, "w") as file:
            file.writelines(f"// {source.name}\n{{\n{source.read_text()}}}\n" for source in sources)
        Path(draft).chmod(0o644)
        Path(draft).replace(script)
