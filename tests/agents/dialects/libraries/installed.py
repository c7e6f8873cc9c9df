"""The public libraries these tests speak with; they are the dependency group `libraries`."""

from __future__ import annotations

import importlib
import os
from typing import Any

import pytest


def library(module: str) -> Any:
    """The module, or a skip of the test module that asks for it. In CI its absence is a failure."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        said = f"{module} is not installed: uv pip install --group libraries ({error})"
        if os.environ.get("CI") == "true":
            raise RuntimeError(said) from error
        pytest.skip(said, allow_module_level=True)
