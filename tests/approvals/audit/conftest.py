from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.approvals.audit.history import write_history


@pytest.fixture
def sink(tmp_path: Path) -> Path:
    return tmp_path / "outside" / "seals.ndjson"


@pytest.fixture
def history(db: None, settings: Any, sink: Path) -> Path:
    """A sealed history; the file that holds the copies of its seals."""
    write_history(settings, sink)
    return sink
