"""Whatever a Pydantic model can be, a state can: it pauses, is edited, and comes back as it was."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Optional
from uuid import UUID

import pytest
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    computed_field,
    model_validator,
)
from pydantic.alias_generators import to_camel

from langvel.core.agent import Agent
from langvel.exceptions import GraphInvalid, NotStorable
from langvel.routing.builder import GraphBuilder
from langvel.state.base import StateModel


class Priced(StateModel):
    price: int = 5


class Computed(Priced):
    @computed_field  # type: ignore[prop-decorator]
    @property
    def total(self) -> int:
        return 2 * self.price


class Line(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel)

    unit_price: int

    @computed_field  # type: ignore[prop-decorator]
    @property
    def total(self) -> int:
        return 2 * self.unit_price


class Nested(Priced):
    lines: list[Line] = [Line(unitPrice=3)]
    unseen: list[Line] = Field([Line(unitPrice=4)], exclude=True)


class Hiding(Priced):
    key: str = Field(exclude=True)

    @classmethod
    def given(cls) -> dict[str, Any]:
        return {"key": "of the safe"}


class Secretive(Priced):
    password: SecretStr = SecretStr("hunter2")

    @model_validator(mode="after")
    def _known(self) -> "Secretive":
        if self.password.get_secret_value() != "hunter2":
            raise ValueError("a wrong password")
        return self


class Aliased(Priced):
    model_config = ConfigDict(alias_generator=to_camel, serialize_by_alias=True)

    sent_by: str = "ana"


class Strict(Priced):
    model_config = ConfigDict(strict=True)

    pets: tuple[str, ...] = ("cat",)


class Assigned(Priced):
    model_config = ConfigDict(validate_assignment=True)


class Open(Priced):
    model_config = ConfigDict(extra="allow")


class Colour(Enum):
    RED = 1


class Size(IntEnum):
    LARGE = 9


@dataclasses.dataclass
class Point:
    x: int
    y: Decimal = Decimal("0.50")


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"


class Everything(Priced):
    naive: datetime = datetime(2026, 1, 2)
    aware: datetime = datetime(2026, 1, 2, tzinfo=UTC)
    span: timedelta = timedelta(seconds=3)
    hour: time = time(3, 4)
    path: Path = Path("/x")
    id: UUID = UUID(int=5)
    labels: set[str] = {"a"}
    pair: tuple[int, str] = (1, "a")
    scan: bytes = b"\xff\x00"
    colour: Colour = Colour.RED
    size: Size = Size.LARGE
    point: Point = Point(1)
    pet: Annotated[Cat | Dog, Field(discriminator="kind")] = Dog()
    pets: list[Cat | Dog] = [Cat(), Dog()]
    rates: dict[int, Decimal] = {1: Decimal("1.10")}
    odd: list[float] = [float("inf")]
    inner: Optional["Everything"] = None
    note: str = None  # type: ignore[assignment]


MODELS = [
    Computed, Nested, Hiding, Secretive, Aliased, Strict, Assigned, Open, Everything,
]  # fmt: skip


class Selling(Agent):
    def build_graph(self) -> GraphBuilder:
        return self.start().then(self.offer).interrupt().then(self.sell).end()

    def offer(self, state: Any) -> None: ...

    def sell(self, state: Any) -> None:
        state.metadata["sold_for"] = state.price


def selling(model: type[StateModel], saver: str = "memory") -> Agent:
    return type("Selling", (Selling,), {"state_model": model, "checkpointer": saver})()


def given(model: type[StateModel]) -> dict[str, Any]:
    return model.given() if model is Hiding else {}  # type: ignore[attr-defined]


def untouched(state: Any) -> dict[str, Any]:
    moved = {"price", "metadata", "approved", "approved_at", "approval_time"}
    return {name: (type(value), value) for name, value in state.items() if name not in moved}


@pytest.mark.parametrize("model", MODELS)
async def test_an_edit_changes_what_it_names_and_nothing_else(
    saver: str, thread: Any, pause: Callable[..., Any], model: type[StateModel]
) -> None:
    agent = selling(model, saver)
    question = (await pause(agent, given(model), thread)).interrupts[0].value
    before = await agent.aget_state(thread)

    args = {**question["action"]["args"], "price": 7}
    after = await agent.resume(thread, {"type": "edit", "args": args})

    assert (after.price, after.metadata) == (7, {"sold_for": 7})
    assert untouched(after) == untouched(before) == untouched(vars(model(**given(model))))


@pytest.mark.parametrize("model", MODELS)
async def test_a_state_is_updated_and_started_anew(
    thread: Any, pause: Callable[..., Any], model: type[StateModel]
) -> None:
    agent = selling(model)
    await pause(agent, given(model), thread)

    await agent.aupdate_state(thread, {"price": 8, "approved": True})
    assert (await agent.resume(thread)).metadata == {"sold_for": 8}

    assert (await pause(agent, {"price": 9}, thread)).state.price == 9


@pytest.mark.parametrize("model", [model for model in MODELS if model is not Secretive])
async def test_an_edit_is_judged_by_what_a_reviewer_sees(
    thread: Any, pause: Callable[..., Any], model: type[StateModel]
) -> None:
    """So a validator that wants to know a secret refuses every edit there; the gate would not."""
    agent = selling(model)
    shown = (await pause(agent, given(model), thread)).interrupts[0].value["state"]

    agent.validate_edit(shown, {"price": 7})
    with pytest.raises(ValidationError) as caught:
        agent.validate_edit(shown, {"price": "much"})

    assert ("price",) in [error["loc"] for error in caught.value.errors()]


async def test_an_edit_is_judged_beside_what_nobody_sees(
    thread: Any, pause: Callable[..., Any]
) -> None:
    class Limited(Priced):
        limit: int = Field(100, exclude=True)

        @model_validator(mode="after")
        def _within(self) -> "Limited":
            if self.price > self.limit:
                raise ValueError("too much")
            return self

    agent = selling(Limited)
    await pause(agent, {"limit": 50}, thread)

    with pytest.raises(ValidationError):
        await agent.resume(thread, {"type": "edit", "args": {"price": 80}})

    assert agent.get_state(thread).status == "paused"


async def test_what_is_offered_for_editing_can_be_read_back(
    saver: str, thread: Any, pause: Callable[..., Any]
) -> None:
    """Computed fields are shown, but a model that forbids what it does not know would refuse them."""
    agent = selling(Nested, saver)
    question = (await pause(agent, {}, thread)).interrupts[0].value

    assert question["state"]["lines"] == [{"unit_price": 3, "total": 6}]
    assert question["action"]["args"]["lines"] == [{"unit_price": 3}]

    lines = [{"unit_price": 9}]
    done = await agent.resume(thread, {"type": "edit", "args": {"lines": lines}})

    assert [line.total for line in done.lines] == [18]


async def test_an_edit_tells_true_from_one(thread: Any, pause: Callable[..., Any]) -> None:
    class Flagged(Priced):
        options: dict[str, Any] = {"urgent": 1}

    agent = selling(Flagged)
    await pause(agent, {}, thread)

    done = await agent.resume(thread, {"type": "edit", "args": {"options": {"urgent": True}}})

    assert done.options["urgent"] is True


def test_what_nobody_is_shown_can_not_be_offered_for_editing() -> None:
    class Offering(Selling):
        state_model = Hiding
        checkpointer = "memory"

        def build_graph(self) -> GraphBuilder:
            return self.start().then(self.offer).interrupt(editable=["key"]).then(self.sell).end()

    with pytest.raises(GraphInvalid, match=r"what nobody is shown .*\['key'\]"):
        Offering().compile()


class Paired(Enum):
    """LangGraph stores its value, and a tuple comes back as a list."""

    ONE = (1, 2)


@pytest.mark.parametrize("value", [float("inf"), float("nan"), 1j, Paired.ONE])
async def test_what_would_not_come_back_is_refused_by_its_field(
    saver: str, thread: Any, value: Any
) -> None:
    class Holding(Priced):
        held: Any = None

    with pytest.raises(NotStorable, match="'held'"):
        await selling(Holding, saver).invoke({"held": value}, thread)
