from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from rest_framework.test import APIClient

from approvals.api.urls import root_urlpatterns, urlpatterns


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The schema as the command writes it, which fails on the first warning."""
    path: Path = tmp_path_factory.mktemp("schema") / "schema.yml"
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(path))
    return yaml.safe_load(path.read_text())


def operations(schema: Any) -> dict[tuple[str, str], Any]:
    return {
        (method, path): operation
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    }


def test_every_route_is_described(schema: Any) -> None:
    named = [pattern for pattern in urlpatterns if pattern.name]
    assert len({path for _, path in operations(schema)}) == len(named) + 2
    assert len(root_urlpatterns) == 4


def test_every_operation_describes_what_it_takes_and_answers(schema: Any) -> None:
    for (method, path), operation in operations(schema).items():
        assert operation["description"], path
        good = min(operation["responses"])
        shapes = operation["responses"][good]["content"]
        assert "application/zip" in shapes or "$ref" in shapes["application/json"]["schema"]
        assert "requestBody" not in operation or method == "post"


def test_reason_codes_are_described_wherever_they_are_taken(schema: Any) -> None:
    shapes = schema["components"]["schemas"].items()

    taking = {name for name, shape in shapes if "reason_code" in shape.get("properties", {})}
    assert taking >= {"DecideBody", "BulkBody", "BulkItem", "ApproveBody", "DecisionItem"}


def test_every_refusal_has_the_same_form(schema: Any) -> None:
    for operation in operations(schema).values():
        refusals = {code: said for code, said in operation["responses"].items() if code >= "400"}
        shapes = {
            said["content"]["application/json"]["schema"]["$ref"] for said in refusals.values()
        }
        assert shapes == {"#/components/schemas/Refusal"}
        assert {"400", "401", "403", "404", "503"} <= set(refusals)


def test_every_post_takes_an_idempotency_key(schema: Any) -> None:
    for (method, path), operation in operations(schema).items():
        named = {parameter["name"] for parameter in operation.get("parameters", [])}
        assert ("Idempotency-Key" in named) == (method == "post"), path


def test_tokens_and_sessions_are_described(schema: Any) -> None:
    schemes = schema["components"]["securitySchemes"]

    assert schemes["bearer"]["scheme"] == "bearer"
    assert set(schemes) == {"bearer", "cookieAuth"}


def test_the_schema_is_for_everybody() -> None:
    assert APIClient().get("/api/schema/").status_code == 200
