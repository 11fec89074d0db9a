"""Files that go with a message: what is taken, who may see it, and what a model gets of it."""

import base64
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from chatapp.models import AskRefused, Attachment, Conversation, Message
from chatapp.models.attachments import MOST_UNSENT, TEXT_BYTES, AttachmentRefused
from predictions.body_limit import limit_of
from predictions.files import with_opened
from predictions.models import Version
from predictions.upstreams.openai import SCHEMA

from .conftest import end

JSON = {"Accept": "application/json"}
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
STARTS = {
    "image/png": PNG,
    "image/jpeg": b"\xff\xd8\xff\xe0" + b"\0" * 20,
    "image/gif": b"GIF89a" + b"\0" * 20,
    "image/webp": b"RIFF\x10\0\0\0WEBPVP8 " + b"\0" * 20,
}


def upload(client, content: bytes = b"words", name: str = "notes.md", kind: str = "text/html"):
    file = SimpleUploadedFile(name, content, content_type=kind)
    return client.post("/attachments/", {"file": file}, headers=JSON)


def keep(content: bytes = b"words", name: str = "notes.md", visitor: str = "mine") -> Attachment:
    return Attachment.keep(SimpleUploadedFile(name, content), visitor=visitor)


@pytest.fixture
def seer(make_version) -> Version:
    """A version of a chat model that takes images in its messages."""
    return make_version("box/seer", openapi_schema=SCHEMA)


@pytest.fixture
def looking(seer) -> Conversation:
    return Conversation(visitor="mine", version=seer)


def asked(answer: Message) -> dict:
    return Message.objects.get(id=answer.id).prediction.input


# What is taken


def test_a_text_of_any_name_is_taken_and_read(visitor):
    reply = upload(visitor, "é\r\nzwei".encode("utf-8-sig"), "main.rs")

    attachment = Attachment.objects.get()
    assert reply.status_code == 201
    assert reply.json()["id"] == str(attachment.id)
    assert f'value="{attachment.id}"' in reply.json()["html"]
    assert (attachment.name, attachment.text, attachment.visitor) == ("main.rs", "é\nzwei", "mine")


@pytest.mark.parametrize("kind", STARTS)
def test_an_image_is_known_by_its_bytes(db, kind):
    assert keep(STARTS[kind], "lies.txt").content_type == kind


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"a\0b", "cannot be read"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"%PDF-1.7\n\xe2\xe3\xcf\xd3", "cannot be read"),
        ("Ünïcode".encode("utf-16"), "cannot be read"),
        (b" \n", "is empty"),
        (b"x" * (TEXT_BYTES + 1), "256 KB is the most"),
    ],
    ids=["nul", "bytes", "pdf", "utf-16", "empty", "large"],
)
def test_anything_else_is_refused_with_a_sentence(visitor, content, sentence):
    reply = upload(visitor, content)

    assert reply.status_code == 422
    assert sentence in reply.json()["detail"]
    assert not Attachment.objects.exists()


def test_the_largest_image_is_a_setting(visitor, settings):
    settings.CHAT_MAX_FILE_BYTES = 2**20

    assert upload(visitor, PNG.ljust(2**20, b"\0")).status_code == 201
    assert "1 MB is the most" in upload(visitor, PNG.ljust(2**20 + 1, b"\0")).json()["detail"]


def test_a_form_without_a_file_is_refused(visitor):
    assert visitor.post("/attachments/", headers=JSON).status_code == 422


@pytest.mark.parametrize(
    ("given", "kept"),
    [("a\u202egpj.exe", "a gpj.exe"), ("a\nb\x1b.txt", "a b .txt"), ("x" * 200, "x" * 99 + "…")],
)
def test_a_name_has_nothing_that_cannot_be_seen(db, given, kept):
    assert keep(name=given).name == kept


def test_nobody_fills_the_disk_with_files_that_are_not_sent(db):
    for _ in range(MOST_UNSENT):
        keep()

    with pytest.raises(AttachmentRefused, match="many files"):
        keep()
    assert keep(visitor="another")


@pytest.mark.parametrize("path", ["/attachments/", "/ask/", f"/c/{uuid.UUID(int=7)}/ask/"])
def test_a_body_may_be_as_large_as_the_largest_file(settings, path):
    assert limit_of("POST", path) > settings.CHAT_MAX_FILE_BYTES
    assert limit_of("GET", path) == settings.MAX_BODY_BYTES
    assert limit_of("POST", f"{path}x") == settings.MAX_BODY_BYTES


# Who may see it


def test_an_image_is_shown_under_its_checked_type_and_runs_nothing(visitor):
    attachment = keep(PNG, "river.html")

    reply = visitor.get(attachment.url)

    assert reply.content == PNG
    assert reply["Content-Type"] == "image/png"
    assert reply["Content-Disposition"].startswith("inline")
    assert reply["X-Content-Type-Options"] == "nosniff"
    assert reply["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "private" in reply["Cache-Control"]


def test_a_text_is_only_downloaded(visitor):
    attachment = keep(b"<script>alert(1)</script>", "page.html")

    reply = visitor.get(attachment.url)

    assert reply["Content-Type"] == "text/plain; charset=utf-8"
    assert reply["Content-Disposition"] == 'attachment; filename="page.html"'


def test_what_the_browser_has_already_is_not_sent_again(visitor):
    attachment = keep(PNG)
    tag = visitor.get(attachment.url)["ETag"]

    assert visitor.get(attachment.url, headers={"If-None-Match": tag}).status_code == 304


def test_another_visitors_file_does_not_exist(visitor, seer):
    attachment = keep(visitor="another")

    assert visitor.get(attachment.url).status_code == 404
    assert visitor.delete(attachment.url).status_code == 404
    with pytest.raises(AskRefused, match="not there any more"):
        Conversation(visitor="mine", version=seer).ask("Look", attachments=[attachment.id])
    assert not Message.objects.exists()
    assert Attachment.objects.get().message is None


def test_an_unsent_file_can_be_removed_with_its_content(
    visitor, looking, django_capture_on_commit_callbacks
):
    unsent, sent = keep(), keep()
    looking.ask("Read", attachments=[sent.id])

    with django_capture_on_commit_callbacks(execute=True):
        assert visitor.delete(unsent.url).status_code == 204
        assert visitor.delete(sent.url).status_code == 404

    assert not unsent.content.storage.exists(unsent.content.name)
    assert sent.content.storage.exists(sent.content.name)


def test_what_nobody_sent_is_removed_after_a_day(looking):
    old, new, sent = keep(), keep(), keep()
    looking.ask("Read", attachments=[sent.id])
    Attachment.objects.exclude(id=new.id).update(created_at=timezone.now() - timedelta(hours=25))

    assert Attachment.remove_unsent() == 1

    assert not Attachment.objects.filter(id=old.id).exists()
    assert Attachment.objects.count() == 2


# What goes with a message


def test_files_go_with_the_message_and_are_shown_there(visitor, seer):
    ids = [upload(visitor, PNG, "a.png").json()["id"], upload(visitor, b"b", "b.txt").json()["id"]]

    reply = visitor.post(
        "/ask/", {"text": "Look", "model": "box/seer", "attachments": ids}, headers=JSON
    )

    question = Message.objects.get(role="user")
    assert [each.name for each in question.files] == ["a.png", "b.txt"]
    assert f'src="{question.files[0].url}"' in reply.json()["messages"][0]
    page = visitor.get(f"/c/{question.conversation_id}/").content.decode()
    assert f'href="{question.files[1].url}"' in page


def test_files_come_with_a_plain_form_too(visitor, seer):
    file = SimpleUploadedFile("a.txt", b"words")

    visitor.post("/ask/", {"text": "Look", "files": file})

    assert Message.objects.get(role="user").files[0].text == "words"


def test_a_file_that_cannot_be_read_refuses_the_plain_form(visitor, seer):
    file = SimpleUploadedFile("a.exe", b"MZ\0\0")

    reply = visitor.post("/ask/", {"text": "Look", "files": file})

    assert reply.status_code == 422
    assert "a.exe cannot be read" in reply.content.decode()


def test_a_file_needs_no_words_and_names_the_conversation(visitor, seer):
    id = upload(visitor, PNG, "river.png").json()["id"]

    reply = visitor.post("/ask/", {"attachments": [id]}, headers=JSON)

    assert reply.json()["title"] == "river.png"
    (message,) = Message.objects.get(role="assistant").prediction.input["messages"]
    assert message["content"] == "[image: river.png]"


@pytest.mark.parametrize("ids", [["x"], [str(uuid.UUID(int=n)) for n in range(11)]])
def test_wrong_or_too_many_ids_are_refused(visitor, seer, ids):
    reply = visitor.post("/ask/", {"text": "Look", "attachments": ids}, headers=JSON)

    assert reply.status_code == 422
    assert reply.json()["detail"]


def test_a_file_goes_only_once(looking):
    file = keep()
    end(looking.ask("One", attachments=[file.id]), "Yes.")

    with pytest.raises(AskRefused):
        looking.ask("Two", attachments=[file.id])


def test_a_copy_has_a_content_of_its_own(looking):
    file = keep(PNG, "a.png")
    answer = looking.ask("One", attachments=[file.id])

    file.copy_to(answer.parent)
    copy = answer.parent.attachments.exclude(id=file.id).get()
    file.content.storage.delete(file.content.name)

    with copy.content.open("rb") as content:
        assert content.read() == PNG
    assert copy.name == "a.png"


# What a model gets


def test_a_text_file_is_a_named_block_before_the_words(conversation):
    answer = conversation.ask("Sum up.", attachments=[keep(b"a\n```\nb", "c.md").id])

    assert asked(answer) == {"prompt": "c.md:\n````\na\n```\nb\n````\n\nSum up."}


def test_a_chat_model_sees_the_image_beside_its_turn(looking):
    image = keep(PNG, "a.png")
    end(looking.ask("Look", attachments=[image.id]), "A river.")

    answer = looking.ask("Where?")

    first, *rest = asked(answer)["messages"]
    assert rest == [
        {"role": "assistant", "content": "A river."},
        {"role": "user", "content": "Where?"},
    ]
    assert first["images"] == [image.reference]
    opened = with_opened(asked(answer))["messages"][0]["images"]
    assert opened == [f"data:image/png;base64,{base64.b64encode(PNG).decode()}"]


def test_only_the_newest_four_images_are_sent(looking):
    images = [keep(PNG, f"{n}.png") for n in range(6)]
    end(looking.ask("One", attachments=[each.id for each in images[:3]]), "Yes.")

    answer = looking.ask("Two", attachments=[each.id for each in images[3:]])

    first, _, last = asked(answer)["messages"]
    assert first["images"] == [images[2].reference]
    assert last["images"] == [each.reference for each in images[3:]]


@pytest.mark.parametrize(
    ("property", "count"),
    [
        ({"type": "string", "format": "uri"}, 1),
        ({"type": "array", "items": {"type": "string", "format": "uri"}}, 2),
        ({"anyOf": [{"type": "string", "format": "uri"}, {"type": "null"}]}, 1),
    ],
)
def test_a_model_with_an_image_input_gets_the_newest(make_version, property, count):
    version = make_version("cog/eye")
    version.input_schema["properties"]["input_image"] = property
    version.save()
    images = [keep(PNG), keep(PNG)]

    answer = Conversation(visitor="mine", version=version).ask(
        "Look", attachments=[each.id for each in images]
    )

    references = [each.reference for each in images][-count:]
    assert asked(answer)["input_image"] == (references if count > 1 else references[0])


@pytest.mark.parametrize("name", ["image_size", "mask_image", "audio"])
def test_other_inputs_are_not_mistaken_for_an_images(make_version, name):
    version = make_version("cog/blind")
    is_uri = name != "image_size"
    version.input_schema["properties"][name] = {"type": "string"} | (
        {"format": "uri"} if is_uri else {}
    )
    version.save()

    with pytest.raises(AskRefused, match="cannot see images"):
        Conversation(visitor="mine", version=version).ask("Look", attachments=[keep(PNG).id])


def test_a_reference_that_is_forged_opens_nothing(looking):
    image = keep(PNG, visitor="another")
    forged = {"a": f"attachment:{image.id}", "b": f"attachment:{image.id}:x", "c": "attachment:"}

    assert with_opened(forged) == forged
    assert with_opened({"a": image.reference})["a"].startswith("data:image/png")
