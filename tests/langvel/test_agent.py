"""What programs that drive an agent's graph themselves rely on."""

import subprocess
import sys
import textwrap
from enum import Enum
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import pytest
from pydantic import BaseModel, Field, SecretStr, ValidationError

from langvel.core.agent import Agent
from langvel.exceptions import UnknownField
from langvel.routing.builder import GraphBuilder
from langvel.state.base import AuthenticatedState, StateModel

ROOT = Path(__file__).parents[2]


class Colour(Enum):
    RED = "red"


class Wheel(BaseModel):
    colour: Colour = Colour.RED


class Truck(BaseModel):
    wheels: dict[str, list[Wheel]] = {}


class Car(AuthenticatedState):
    id: UUID = Field(default_factory=uuid4)
    owner: str
    trucks: list[Truck] | None = None
    approved_by: str = None  # type: ignore[assignment]
    hidden: Annotated[str, Field(exclude=True)] = ""
    fixed: str = Field("", frozen=True)
    secret: SecretStr = SecretStr("s")


class HTTPCarSaleAgent(Agent):
    """Sells cars."""

    state_model = Car

    def build_graph(self) -> GraphBuilder:
        return self.start().then(self.sell).end()

    async def sell(self, state: Car) -> None: ...


def test_an_agent_has_a_title_a_version_and_a_description() -> None:
    assert (HTTPCarSaleAgent.title, HTTPCarSaleAgent.version) == ("HTTP car sale", "1")
    assert HTTPCarSaleAgent.__doc__ == "Sells cars."
    assert type("X", (HTTPCarSaleAgent,), {"title": "Own"}).title == "Own"


def test_the_input_schema_has_the_authors_fields_only() -> None:
    schema = HTTPCarSaleAgent.input_schema()

    assert list(schema["properties"]) == ["id", "owner", "trucks", "secret"]
    assert (schema["required"], schema["additionalProperties"]) == (["owner"], False)
    assert set(schema["$defs"]) == {"Truck", "Wheel", "Colour"}


def test_prepare_input_validates_and_fills_in_every_field() -> None:
    prepared = HTTPCarSaleAgent.prepare_input({"owner": "Ann", "trucks": [{"wheels": {}}]})

    assert prepared["trucks"] == [Truck()]
    assert set(Car.model_fields) <= set(prepared)


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({}, ("owner",)),
        ({"owner": 1}, ("owner",)),
        ({"owner": "a", "colour": "red"}, ("colour",)),
        ({"owner": "a", "approved": True}, ("approved",)),
        ({"owner": "a", "approved_by": "a"}, ("approved_by",)),
    ],
)
def test_prepare_input_refuses_bad_values_and_self_approval(values: Any, place: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        HTTPCarSaleAgent.prepare_input(values)

    assert [error["loc"] for error in caught.value.errors()] == [place]


def test_validate_edit_reads_json_and_runs_validators() -> None:
    state = HTTPCarSaleAgent.public_state({"owner": "Ann"})

    HTTPCarSaleAgent.validate_edit(state, {"trucks": [{"wheels": {"l": [{"colour": "red"}]}}]})
    with pytest.raises(ValidationError) as caught:
        HTTPCarSaleAgent.validate_edit(state, {"trucks": [{"wheels": {"l": [{"colour": "b"}]}}]})
    with pytest.raises(UnknownField):
        HTTPCarSaleAgent.validate_edit(state, {"truck": []})

    assert caught.value.errors()[0]["loc"] == ("trucks", 0, "wheels", "l", 0, "colour")


def test_public_state_is_json_without_private_keys_even_for_a_broken_state() -> None:
    values = {"owner": 5, "_langvel": {"x": 1}, "gone": 1, "metadata": {"n": float("nan")}}

    state = HTTPCarSaleAgent.public_state(values)

    assert (state["owner"], state["metadata"]) == (5, {"n": None})
    assert not {"_langvel", "gone"} & set(state)


def test_public_state_hides_secrets_and_excluded_fields() -> None:
    state = HTTPCarSaleAgent.public_state({"owner": "a", "secret": SecretStr("x"), "hidden": "h"})

    assert (state["secret"], "hidden" in state) == ("**********", False)


def test_serializable_types_are_found_at_any_depth() -> None:
    assert HTTPCarSaleAgent.serializable_types() == {Truck, Wheel, Colour, SecretStr}


async def test_the_notifier_may_be_a_bound_method() -> None:
    told: list[Any] = []

    class Telling(HTTPCarSaleAgent):
        def build_graph(self) -> GraphBuilder:
            return self.start().then(self.send_notification).end()

    agent = Telling()
    agent.notifier = told.append
    await agent.invoke({"owner": "Ann"})

    assert [state.owner for state in told] == ["Ann"]


async def test_send_notification_hands_the_state_to_the_notifier() -> None:
    told: list[str] = []

    class Telling(HTTPCarSaleAgent):
        def build_graph(self) -> GraphBuilder:
            return self.start().then(self.send_notification).end()

        notifier = lambda state: told.append(state.owner)  # noqa: E731

    await Telling().invoke({"owner": "Ann"})

    assert told == ["Ann"]


async def test_send_notification_logs_by_default(caplog: pytest.LogCaptureFixture) -> None:
    class Quiet(HTTPCarSaleAgent):
        def build_graph(self) -> GraphBuilder:
            return self.start().then(self.send_notification).end()

    with caplog.at_level("INFO", logger="langvel"):
        await Quiet().invoke({"owner": "Ann"})

    assert [record.message for record in caplog.records] == ["Quiet: done"]


def python(code: str) -> str:
    run = [sys.executable, "-c", textwrap.dedent(code)]
    return subprocess.run(run, cwd=ROOT, text=True, capture_output=True, check=True).stdout


def test_the_library_is_strict_about_checkpoints() -> None:
    said = python("""
        import langvel.core.agent
        from langgraph.checkpoint.serde._msgpack import STRICT_MSGPACK_ENABLED
        print(STRICT_MSGPACK_ENABLED)
    """)

    assert said == "True\n"


def test_an_agent_is_described_and_asked_without_django_a_driver_or_langgraphs_engine() -> None:
    said = python("""
        import sys
        from langvel.core.agent import Agent
        from langvel.state.base import StateModel

        class Order(StateModel):
            amount: int = 0

        class Orders(Agent):
            state_model = Order
            checkpointer = "postgres"
            def build_graph(self):
                return self.start().then(self.plan).interrupt().then(self.pay).end()
            def plan(self, state):
                self.get_builder().interrupt()
            def pay(self, state): ...

        Orders().draw("text")
        Orders.input_schema()
        Orders.validate_edit({"amount": 1}, {"amount": 2})
        heavy = {"django", "psycopg", "redis", "langgraph.pregel", "langgraph.graph", "langsmith"}
        print(sorted(heavy & set(sys.modules)))
    """)

    assert said == "[]\n"


def test_the_state_is_used_like_a_dict_too() -> None:
    state = StateModel()
    state["error"] = "x"

    assert (state["error"], state.get("nothing", 1), "error" in state) == ("x", 1, True)
    assert StateModel.from_dict(state.to_dict()) == state
    with pytest.raises(UnknownField):
        state["eror"]
    with pytest.raises(UnknownField):
        state.update({"error": "y", "eror": "z"})
    assert state.error == "x"


def test_an_authenticated_state_knows_roles() -> None:
    state = AuthenticatedState(user_id="1", roles=["admin"], permissions=["pay"])

    assert (state.is_authenticated, state.has_role("admin"), state.has_permission("x")) == (
        True,
        True,
        False,
    )
