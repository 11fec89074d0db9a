"""Presets: a model, its system prompt and parameters under a name, for whoever made them."""

import pytest

from chatapp.models import Conversation, Message, Preset
from chatapp.views.composing import MOST_PRESETS
from predictions.models import Upstream

JSON = {"Accept": "application/json"}


@pytest.fixture
def pirate(chat) -> Preset:
    input = {"system_prompt": "Talk like a pirate.", "temperature": 0.5}
    return Preset.objects.create(visitor="mine", name="Pirate", model=chat.model, input=input)


def post(client, path: str, conversation: Conversation | None = None, **fields):
    id = conversation.id if conversation else ""
    return client.post(f"/presets/{path}", {"conversation": id, **fields}, headers=JSON)


def test_what_holds_now_is_kept_under_a_name(visitor, demo):
    conversation = Conversation(visitor="mine", version=demo, input={"seed": 7})
    conversation.ask("Hello")

    reply = post(visitor, "", conversation, name="  Lucky   seven ")

    preset = Preset.objects.get()
    assert (preset.name, preset.model, preset.input) == ("Lucky seven", demo.model, {"seed": 7})
    assert preset.visitor == "mine"
    assert "Lucky seven" in reply.json()["parameters"]


def test_a_model_that_is_gone_is_no_preset(visitor, demo):
    reply = post(visitor, "", name="Mine", model="box/gone")

    assert reply.status_code == 422
    assert "box/gone is not available" in reply.json()["detail"]
    assert not Preset.objects.exists()


def test_a_chat_that_has_not_begun_can_be_kept_too(visitor, demo, chat):
    visitor.post("/parameters/", {"input-seed": "7", "model": "box/chat"}, headers=JSON)

    post(visitor, "", name="Seven", model="box/chat")

    preset = Preset.objects.get()
    assert (str(preset.model), preset.input) == ("box/chat", {"seed": 7})


def test_the_same_name_is_the_same_preset(visitor, demo, pirate):
    post(visitor, "", name="Pirate")

    preset = Preset.objects.get()
    assert (preset.model, preset.input) == (demo.model, {})


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "\0"])
def test_a_name_is_needed(visitor, demo, name):
    reply = post(visitor, "", name=name)

    assert reply.status_code == 422
    assert reply.json()["detail"]
    assert not Preset.objects.exists()


def test_there_is_an_end_to_them(visitor, demo):
    Preset.objects.bulk_create(Preset(visitor="mine", name=str(n)) for n in range(MOST_PRESETS))

    assert "Delete one first" in post(visitor, "", name="One more").json()["detail"]
    assert post(visitor, "", name="7").status_code == 200


def test_a_conversation_takes_its_model_and_parameters(visitor, demo, pirate, chat):
    conversation = Conversation(visitor="mine", version=demo, input={"fail_after": 3})
    conversation.ask("Hello")

    reply = post(visitor, f"{pirate.id}/use/", conversation).json()

    conversation.refresh_from_db()
    assert (conversation.version, conversation.input) == (chat, pirate.input)
    assert (reply["model"], reply["is_changed"]) == ("box/chat", True)


def test_a_new_chat_takes_them_for_its_first_message(visitor, demo, pirate):
    post(visitor, f"{pirate.id}/use/")
    visitor.post("/ask/", {"text": "Hi"}, headers=JSON)

    input = Message.objects.get(role="assistant").prediction.input
    assert input["temperature"] == 0.5
    assert input["system_prompt"] == "Talk like a pirate."
    assert str(Conversation.objects.get().version.model) == "box/chat"


def test_a_link_names_one(visitor, demo, pirate):
    page = visitor.get("/?q=Ahoy&preset=Pirate").content.decode()

    assert "Talk like a pirate." in page
    assert '<option value="box/chat" selected>' in page
    assert f'name="preset" value="{pirate.id}"' in page
    assert "Talk like a pirate." not in visitor.get("/").content.decode()


def test_the_first_message_from_a_link_is_asked_with_it(visitor, demo, pirate):
    visitor.post("/ask/", {"text": "Hi", "preset": pirate.id, "model": "box/chat"}, headers=JSON)

    assert Conversation.objects.get().input == pirate.input


def test_what_is_changed_after_a_link_is_what_holds(visitor, demo, pirate):
    visitor.post("/model/", {"model": "rivulet/demo", "preset": pirate.id}, headers=JSON)
    visitor.post("/ask/", {"text": "Hi"}, headers=JSON)

    assert Conversation.objects.get().input == pirate.input
    assert str(Conversation.objects.get().version.model) == "rivulet/demo"


def test_one_can_be_renamed_and_deleted(visitor, demo, pirate):
    assert (
        "Buccaneer" in post(visitor, f"{pirate.id}/rename/", name="Buccaneer").json()["parameters"]
    )
    assert post(visitor, f"{pirate.id}/rename/", name="").status_code == 422
    assert Preset.objects.get().name == "Buccaneer"

    assert "Buccaneer" not in post(visitor, f"{pirate.id}/delete/").json()["parameters"]
    assert not Preset.objects.exists()


def test_a_plain_form_leads_back(visitor, demo, pirate):
    assert visitor.post(f"/presets/{pirate.id}/use/").url == "/"


def test_one_whose_model_is_gone_says_so(visitor, demo, pirate):
    Upstream.objects.filter(id=pirate.model.versions.get().upstream_id).update(enabled=False)

    reply = post(visitor, f"{pirate.id}/use/")

    assert reply.status_code == 422
    assert "not available any more" in reply.json()["detail"]


@pytest.mark.parametrize("verb", ["use", "rename", "delete"])
def test_another_visitors_preset_does_not_exist(client, demo, pirate, verb):
    client.get("/login/")

    assert client.post(f"/presets/{pirate.id}/{verb}/", {"name": "Mine"}).status_code == 404
    assert Preset.objects.get().name == "Pirate"
    client.post("/ask/", {"text": "Hi", "preset": pirate.id})
    assert Conversation.objects.get().input == {}
