"""What a message is asked with besides its words: model, system prompt, parameters, links."""

import pytest

from chatapp.models import Conversation, Message
from chatapp.parameters import ParameterForm, carried_over
from predictions.upstreams.schemas import streaming_schema

from .conftest import end

JSON = {"Accept": "application/json"}
TEXT = {"type": "string"}


@pytest.fixture
def begun(demo) -> Conversation:
    """A conversation of the visitor "mine" with one answer that has ended."""
    conversation = Conversation(visitor="mine", version=demo)
    end(conversation.ask("Hello"), "Hi.")
    return conversation


def change(client, conversation: Conversation | None = None, **typed):
    id = conversation.id if conversation else ""
    fields = {f"input-{name}": value for name, value in typed.items()}
    return client.post("/parameters/", {"conversation": id, **fields}, headers=JSON)


def asked_with(text: str = "Next") -> dict:
    """The newest prediction's input."""
    return Message.objects.filter(role="assistant").latest("created_at").prediction.input


# The form


def test_the_panel_has_everything_but_the_turns_and_secrets(make_version):
    secret = TEXT | {"format": "password"}
    image = TEXT | {"format": "uri"}
    schema = streaming_schema(
        {"prompt": TEXT, "messages": {"type": "array"}, "key": secret, "image": image, "tone": TEXT}
    )

    form = ParameterForm(make_version("a/b", openapi_schema=schema))

    assert list(form.fields) == ["system_prompt", "tone"]


def test_a_model_that_is_not_spoken_to_has_no_system_prompt(make_version):
    assert list(ParameterForm(make_version("a/clock", properties=["zone"])).fields) == ["zone"]


def test_what_a_model_needs_may_be_left_out_here(make_version):
    schema = streaming_schema({"prompt": TEXT, "tone": TEXT}, required=("prompt", "tone"))
    form = ParameterForm(make_version("a/b", openapi_schema=schema), {})

    assert form.is_valid()
    assert form.cleaned_input == {}


def test_only_what_differs_from_the_defaults_is_kept(demo):
    typed = {"input-temperature": "0.7", "input-max_new_tokens": "9", "input-seed": ""}
    form = ParameterForm(demo, typed)

    assert form.is_valid()
    assert form.cleaned_input == {"max_new_tokens": 9}


def test_a_new_model_keeps_what_it_knows_and_can_take(demo, chat):
    given = {"temperature": 3, "system_prompt": "Be brief.", "seed": 1, "fail_after": 2}

    kept, dropped = carried_over(chat, given)

    assert kept == {"system_prompt": "Be brief.", "seed": 1}
    assert dropped == ["temperature", "fail after"]


# Every turn is asked with them


def test_parameters_of_a_conversation_hold_for_each_turn(visitor, begun):
    reply = change(visitor, begun, temperature="0", system_prompt="Be brief.")

    assert reply.status_code == 200
    assert reply.json()["is_changed"]
    for text in ("One", "Two"):
        visitor.post(f"/c/{begun.id}/ask/", {"text": text}, headers=JSON)
        assert asked_with()["temperature"] == 0
        assert asked_with()["system_prompt"] == "Be brief."
        end(Message.objects.filter(role="assistant").latest("created_at"), "Yes.")


def test_a_chat_that_has_not_begun_keeps_them_until_the_first_message(visitor, demo):
    change(visitor, temperature="0", max_new_tokens="9")
    assert 'value="9"' in visitor.get("/").content.decode()

    visitor.post("/ask/", {"text": "Hello"}, headers=JSON)

    assert asked_with()["max_new_tokens"] == 9
    assert Conversation.objects.get().input == {"temperature": 0, "max_new_tokens": 9}
    assert 'value="9"' not in visitor.get("/").content.decode()


def test_reset_goes_back_to_the_defaults(visitor, begun):
    change(visitor, begun, temperature="0")

    fields = {"conversation": begun.id, "reset": "1", "input-temperature": "0"}
    reply = visitor.post("/parameters/", fields, headers=JSON)

    assert not reply.json()["is_changed"]
    begun.refresh_from_db()
    assert begun.input == {}


def test_a_wrong_parameter_is_marked_and_nothing_is_changed(visitor, begun):
    reply = change(visitor, begun, temperature="6", max_new_tokens="many")

    assert reply.status_code == 422
    assert len(reply.json()["errors"]) == 2
    begun.refresh_from_db()
    assert begun.input == {}


def test_a_wrong_parameter_of_a_plain_form_is_shown_again(visitor, begun):
    fields = {"conversation": begun.id, "input-temperature": "6"}

    page = visitor.post("/parameters/", fields)

    assert page.status_code == 422
    assert 'value="6"' in page.content.decode()
    assert "less than or equal to 5" in page.content.decode()


def test_the_parameters_of_a_plain_form_lead_back_to_the_conversation(visitor, begun):
    reply = visitor.post("/parameters/", {"conversation": begun.id, "input-seed": "7"})

    assert reply.url == begun.get_absolute_url()
    assert "data-changed" in visitor.get(reply.url).content.decode()


@pytest.mark.parametrize(
    ("properties", "template", "expected"),
    [
        (
            ["messages"],
            "",
            {
                "messages": [
                    {"role": "system", "content": "Be kind."},
                    {"role": "user", "content": "Hi"},
                ]
            },
        ),
        (["prompt"], "", {"prompt": "System: Be kind.\nUser: Hi\nAssistant:"}),
        (
            ["prompt"],
            "llama-2",
            {"prompt": "<s>[INST] <<SYS>>\nBe kind.\n<</SYS>>\n\nHi [/INST]"},
        ),
        (
            ["prompt", "system_prompt"],
            "llama-2",
            {"prompt": "<s>[INST] Hi [/INST]", "system_prompt": "Be kind."},
        ),
    ],
    ids=["messages", "plain prompt", "template", "own input"],
)
def test_the_system_prompt_is_said_as_the_model_takes_it(
    make_version, properties, template, expected
):
    version = make_version("a/b", properties, prompt_template=template)
    conversation = Conversation(visitor="mine", version=version)
    conversation.input = {"system_prompt": "Be kind."}

    conversation.ask("Hi")

    assert asked_with() == expected


def test_anothers_conversation_is_not_changed(visitor, demo):
    other = Conversation(visitor="another", version=demo)
    other.ask("Hello")

    assert change(visitor, other, seed="7").status_code == 404
    assert visitor.post("/parameters/", {"conversation": "x"}).status_code == 404


# The model


def test_another_model_says_what_it_does_not_know(visitor, begun, chat):
    change(visitor, begun, temperature="0", fail_after="3")

    reply = visitor.post(f"/c/{begun.id}/model/", {"model": "box/chat"}, headers=JSON).json()

    assert reply["sentence"] == "box/chat does not know: fail after. That was left out."
    assert reply["sees_images"]
    assert 'name="input-top_p"' in reply["parameters"]
    begun.refresh_from_db()
    assert begun.input == {"temperature": 0}
    assert begun.version == chat


def test_a_new_chat_can_choose_its_model_too(visitor, demo, chat):
    change(visitor, fail_after="3", seed="7")

    reply = visitor.post("/model/", {"model": "box/chat"}, headers=JSON).json()

    assert "fail after" in reply["sentence"]
    visitor.post("/ask/", {"text": "Hi", "model": "box/chat"}, headers=JSON)
    assert asked_with()["seed"] == 7


def test_a_message_to_another_model_leaves_out_what_that_does_not_know(visitor, begun, chat):
    change(visitor, begun, fail_after="3", seed="7")

    visitor.post(f"/c/{begun.id}/ask/", {"text": "Hi", "model": "box/chat"})

    begun.refresh_from_db()
    assert begun.input == {"seed": 7}


def test_a_page_without_a_model_is_shown(client, db):
    assert "There is no model yet." in client.get("/").content.decode()


# Links


def test_a_link_fills_the_box_and_chooses_the_model_and_sends_nothing(visitor, demo, chat):
    hostile = "</textarea><script>alert(1)</script>"

    page = visitor.get("/", {"q": hostile, "model": "box/chat", "send": "1"}).content.decode()

    assert hostile not in page
    assert "&lt;/textarea&gt;" in page
    assert '<option value="box/chat" selected>' in page
    assert not Conversation.objects.exists()
    assert '<option value="rivulet/demo" selected>' in visitor.get("/").content.decode()


@pytest.mark.parametrize(
    "query",
    [
        {"q": "x" * (64 * 1024 + 1)},
        {"model": "no/such<b>"},
        {"model": "\0"},
        {"preset": "nobody's"},
        {"preset": "\0"},
        {"q": "\0"},
    ],
)
def test_a_strange_link_opens_an_empty_chat(visitor, demo, query):
    page = visitor.get("/", query)

    assert page.status_code == 200
    assert "no/such<b>" not in page.content.decode()
    assert "x" * 1000 not in page.content.decode()
