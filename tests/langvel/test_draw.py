"""The graph as a picture and as text."""

from typing import Any
from xml.etree import ElementTree

import pytest
from langgraph.constants import START

from langvel.core.agent import Agent
from langvel.exceptions import GraphInvalid
from langvel.routing.builder import GraphBuilder
from langvel.routing.drawing import picture
from langvel.routing.sketch import Arrow, Box, Sketch
from langvel.routing.trail import ways_taken
from langvel.state.base import StateModel

SVG = "{http://www.w3.org/2000/svg}"


class Drawn(Agent):
    title = "Draw <me> & you"

    def build_graph(self) -> GraphBuilder:
        arm = GraphBuilder().then(self.look).interrupt().end()
        return (
            self.start()
            .until(self.work, self.is_done, 3)
            .parallel(arm, self.tell)
            .merge(self.finish)
            .branch({"<b>": self.tell_b, "c": self.tell_c}, condition=self.which)
            .end()
        )

    def work(self, state: StateModel) -> None: ...

    def look(self, state: StateModel) -> None: ...

    def tell(self, state: StateModel) -> None: ...

    def finish(self, state: StateModel) -> None: ...

    def tell_b(self, state: StateModel) -> None: ...

    def tell_c(self, state: StateModel) -> None: ...

    def is_done(self, state: StateModel) -> bool:
        return True

    def which(self, state: StateModel) -> str:
        return "c"


def test_the_text_says_what_may_follow_each_node() -> None:
    assert Drawn().draw("text").splitlines() == [
        "start → work",
        "work → until is_done, at most 3 times",
        "until is_done, at most 3 times → work (again), look (done), tell (done)",
        "look → pause after look",
        "pause after look → all done",
        "tell → all done",
        "all done → finish",
        "finish → which?",
        "which? → tell_b (<b>), tell_c (c)",
        "tell_b → end",
        "tell_c → end",
    ]


def parsed(agent: Agent) -> Any:
    return ElementTree.fromstring(agent.draw())


def test_the_picture_is_well_formed_and_says_what_it_shows() -> None:
    picture = parsed(Drawn())

    assert picture.find(f"{SVG}title").text == "Draw <me> & you"
    assert picture.find(f"{SVG}desc").text.startswith("start → work. work → until is_done")
    assert picture.get("role") == "img"


def test_the_picture_has_every_node_and_arrow_once() -> None:
    picture = parsed(Drawn())

    kinds = [g.get("class") for g in picture.iter(f"{SVG}g")]
    assert kinds.count("graph-node graph-step") == 6
    assert kinds.count("graph-node graph-gate") == 1
    assert sum(kind.startswith("graph-edge") for kind in kinds) == 14


def test_the_picture_has_no_styles_scripts_or_handlers() -> None:
    names = {element.tag.removeprefix(SVG) for element in parsed(Drawn()).iter()}
    attributes = {key for element in parsed(Drawn()).iter() for key in element.attrib}

    assert names == {"svg", "title", "desc", "g", "rect", "text", "polyline", "polygon"}
    assert not {key for key in attributes if key.startswith("on")} | attributes & {"style", "href"}


def test_no_two_boxes_overlap_and_all_are_within_the_picture() -> None:
    picture = parsed(Drawn())
    width, height = float(picture.get("width")), float(picture.get("height"))
    boxes = [
        tuple(float(rect.get(key)) for key in ("x", "y", "width", "height"))
        for rect in picture.iter(f"{SVG}rect")
    ]

    assert all(min(x, y, width - x - w, height - y - h) >= 0 for x, y, w, h in boxes)
    assert not [
        (one, other)
        for i, one in enumerate(boxes)
        for other in boxes[i + 1 :]
        if one[0] < other[0] + other[2]
        and other[0] < one[0] + one[2]
        and one[1] < other[1] + other[3]
        and other[1] < one[1] + one[3]
    ]


def middles(picture: Any) -> dict[str, float]:
    return {
        str(g.get("data-node")): float(g[0].get("x")) + float(g[0].get("width")) / 2
        for g in picture.iter(f"{SVG}g")
        if g.get("data-node")
    }


def test_what_has_one_neighbour_stands_below_it_where_there_is_room() -> None:
    class Lopsided(Drawn):
        def build_graph(self) -> GraphBuilder:
            short = GraphBuilder().then(self.look).then(self.tell).end()
            wide = GraphBuilder().then(self.tell_b, name="a_step_with_a_long_name").end()
            return self.start().branch({"x": short, "y": wide}).merge(self.finish).end()

    at = middles(parsed(Lopsided()))

    assert at["look"] == pytest.approx(at["tell"], abs=0.2)
    assert at["finish"] == pytest.approx(at["__end__"], abs=0.2)
    assert at["look"] < at["finish"] < at["a_step_with_a_long_name"]


def test_a_picture_needs_no_checkpointer_and_is_the_same_each_time() -> None:
    class Gated(Drawn):
        checkpointer = None

    assert Gated().draw() == Gated().draw()


def test_an_invalid_graph_is_not_drawn() -> None:
    class Wrong(Drawn):
        def build_graph(self) -> GraphBuilder:
            return self.start().then(self.work)

    with pytest.raises(GraphInvalid):
        Wrong().draw()
    with pytest.raises(ValueError, match="'svg' or 'text'"):
        Drawn().draw("png")  # type: ignore[arg-type]


def marked(visited: set[str], current: set[str]) -> tuple[dict[str, str], list[str], str]:
    """The boxes set apart and how, the ends of the arrows set apart, and the words."""
    agent = Drawn()
    svg = ElementTree.fromstring(
        picture(agent.sketch(), title="t", visited=visited, current=current)
    )
    plain = ElementTree.fromstring(picture(agent.sketch(), title="t"))
    boxes, arrows = {}, []
    for g, unmarked in zip(svg.iter(f"{SVG}g"), plain.iter(f"{SVG}g"), strict=True):
        added = set(str(g.get("class")).split()) - set(str(unmarked.get("class")).split())
        if added and g.get("data-node"):
            boxes[str(g.get("data-node"))] = added.pop()
        elif added:
            arrows.append(str(g[0].get("points")).split()[-1])
    return boxes, arrows, str(svg.find(f"{SVG}desc").text)  # type: ignore[union-attr]


def test_a_picture_shows_where_a_run_has_been_and_where_it_is() -> None:
    boxes, arrows, words = marked({"work", "work.loop", "look"}, {"look.gate"})

    assert boxes == {
        "work": "graph-visited",
        "work.loop": "graph-visited",
        "look": "graph-visited",
        "look.gate": "graph-current",
    }
    assert len(arrows) == 4
    assert words.endswith(
        "Been at: work, until is_done, at most 3 times, look. Now at: pause after look."
    )


def test_a_box_that_was_not_visited_is_not_set_apart() -> None:
    boxes, arrows, words = marked({"no such step"}, set())

    assert (boxes, arrows) == ({}, [])
    assert "Been at" not in words


class Skipping(Agent):
    def build_graph(self) -> GraphBuilder:
        side = GraphBuilder().then(self.side).end()
        return self.start().branch({"x": side, "y": self.other}).merge(self.last).end()

    def side(self, state: StateModel) -> None: ...

    def other(self, state: StateModel) -> None: ...

    def last(self, state: StateModel) -> None: ...


def test_only_the_branch_that_was_taken_is_set_apart() -> None:
    taken = ways_taken(Skipping().sketch(), {"side", "last"})

    assert {(arrow.source, arrow.target) for arrow in taken} == {
        ("__start__", "side"),
        ("side", "last"),
    }


def test_an_arrow_past_a_visited_box_is_not_taken() -> None:
    sketch = Sketch.of(
        [Box(name, "step", name) for name in (START, "a", "b")],
        [Arrow(START, "a"), Arrow(START, "b", "skip"), Arrow("a", "b")],
    )

    assert ways_taken(sketch, {"a", "b"}) == {Arrow(START, "a"), Arrow("a", "b")}
    assert ways_taken(sketch, {"b"}) == {Arrow(START, "b", "skip")}
    assert ways_taken(sketch, set()) == set()


def test_an_arrow_back_is_never_taken() -> None:
    sketch = Sketch.of(
        [Box(name, "step", name) for name in (START, "a", "b")],
        [Arrow(START, "a"), Arrow("a", "b"), Arrow("b", "a", "again")],
    )

    assert ways_taken(sketch, {"a", "b"}) == {Arrow(START, "a"), Arrow("a", "b")}
