from __future__ import annotations

import pytest

from approvals.web.showing.conversation import SHOWN, conversation_in, conversation_of
from approvals.web.showing.messages import Call
from tests.approvals.web.reading import words
from tests.factories import ACTION, make_interrupt

CALL = {"name": "pay", "args": {"amount": 5}, "id": "c1", "type": "tool_call"}
ASKED = {
    "langchain": [
        {"type": "human", "content": "Pay Ana", "id": "1", "additional_kwargs": {}},
        {"type": "ai", "content": "On it.", "tool_calls": [CALL]},
        {"type": "tool", "content": "done", "tool_call_id": "c1", "status": "success"},
    ],
    "serialized": [
        {"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "HumanMessage"],
         "kwargs": {"content": "Pay Ana", "type": "human"}},
        {"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "AIMessage"],
         "kwargs": {"content": "On it.", "tool_calls": [CALL]}},
        {"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "ToolMessage"],
         "kwargs": {"content": "done", "tool_call_id": "c1"}},
    ],
    "dumped": [
        {"type": "human", "data": {"content": "Pay Ana"}},
        {"type": "ai", "data": {"content": "On it.", "tool_calls": [CALL]}},
        {"type": "tool", "data": {"content": "done", "tool_call_id": "c1"}},
    ],
    "openai": [
        {"role": "user", "content": "Pay Ana"},
        {"role": "assistant", "content": "On it.", "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "pay", "arguments": '{"amount": 5}'}}
        ]},
        {"role": "tool", "tool_call_id": "c1", "content": "done"},
    ],
    "blocks": [
        {"role": "user", "content": [{"type": "text", "text": "Pay Ana"}]},
        {"role": "assistant", "content": [
            {"type": "text", "text": "On it."},
            {"type": "tool_use", "id": "c1", "name": "pay", "input": {"amount": 5}},
        ]},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "c1", "content": [{"type": "text", "text": "done"}]}
        ]},
    ],
}  # fmt: skip


@pytest.mark.parametrize("form", ASKED)
def test_each_library_s_messages_are_the_same_conversation(form):
    found = conversation_in({"messages": ASKED[form]})

    assert [(turn.who, turn.text) for turn in found.turns] == [
        ("Person", "Pay Ana"),
        ("Agent", "On it."),
    ]
    assert found.turns[1].calls == (Call(name="pay", args={"amount": 5}, id="c1", result="done"),)


def test_a_pair_of_role_and_text_is_a_message():
    found = conversation_in({"messages": [["system", "Be kind"], ["user", "Hello"]]})

    assert [(turn.who, turn.text) for turn in found.turns] == [
        ("Instructions", "Be kind"),
        ("Person", "Hello"),
    ]


@pytest.mark.parametrize(
    "messages",
    [[], "hello", [{"type": "human"}], [{"content": "x"}], [None], [["a", "b", "c"]],
     [{"type": "human", "content": "x"}, {"sku": 1}], [{"type": "remove", "content": ""}],
     [{"type": ["ai"], "content": ""}]],
)  # fmt: skip
def test_what_is_no_conversation_throughout_is_none(messages):
    assert conversation_in({"messages": messages}) is None


def test_a_result_without_its_call_stands_for_itself():
    found = conversation_in({"messages": [{"type": "tool", "content": "42", "tool_call_id": "x"}]})

    assert [(turn.who, turn.text) for turn in found.turns] == [("Tool", "42")]


def test_arguments_a_model_wrote_badly_are_shown_as_they_are():
    call = {"id": "1", "function": {"name": "pay", "arguments": '{"amount": '}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}

    assert conversation_in({"messages": [message]}).turns[0].calls[0].args == '{"amount": '


def test_what_is_no_text_is_named():
    content = [
        {"type": "image_url", "image_url": {"url": "http://tracker.example/"}},
        {"type": "thinking", "thinking": "hm"},
    ]
    turn = conversation_in({"messages": [{"role": "user", "content": content}]}).turns[0]

    assert (turn.extras, turn.thought) == (("image_url",), "hm")


@pytest.mark.django_db
def test_calls_a_question_asks_about_are_marked():
    state = {"messages": [{"type": "ai", "content": "", "tool_calls": [
        {"name": "pay", "args": ACTION["args"], "id": "1"}, {"name": "look", "args": {}, "id": "2"},
    ]}]}  # fmt: skip

    calls = conversation_of(make_interrupt(state=state)).turns[0].calls

    assert [(call.name, call.is_proposed) for call in calls] == [("pay", True), ("look", False)]


@pytest.mark.django_db
def test_the_review_page_shows_the_conversation_and_not_its_json(bob):
    messages = [{"type": "human", "content": f"message {at}"} for at in range(SHOWN + 2)]
    interrupt = make_interrupt(state={"messages": messages, "customer": "Ana"})

    response = bob.get(f"/interrupts/{interrupt.pk}/")

    page = words(response)
    assert "2 earlier messages" in page
    assert page.index("message 0") < page.index("message 7")
    assert response.context["question"].rest == {"customer": "Ana"}


@pytest.mark.django_db
def test_what_a_model_says_loads_nothing_and_runs_nothing(bob):
    said = (
        "![x](http://tracker.example/p.png) <script>alert(1)</script> [go](javascript:x) p\u0430y"
    )
    call = {"name": "<b>pay</b>\u202e", "args": {"<i>": "<script>"}, "id": "1"}
    interrupt = make_interrupt(
        state={"messages": [{"type": "ai", "content": said, "tool_calls": [call]}]}
    )

    page = bob.get(f"/interrupts/{interrupt.pk}/").content.decode()

    assert "<script>alert" not in page
    assert 'src="http' not in page
    assert 'href="javascript' not in page
    assert '&lt;b&gt;pay&lt;/b&gt;<span class="unseen">U+202E</span>' in page
    assert "Cyrillic + Latin" in page


@pytest.mark.django_db
def test_a_payload_s_own_messages_are_the_conversation(bob):
    request = {"__copilotkit_messages__": [{"type": "ai", "content": "Which city?"}]}

    response = bob.get(f"/interrupts/{make_interrupt(request=request).pk}/")

    assert "Which city?" in words(response)
