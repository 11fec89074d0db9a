"""Shared links: what readers see, what they do not, and for how long."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from chatapp.models import Attachment, Conversation, Message, Share
from predictions.models import Prediction

from .conftest import end

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def answer(conversation) -> Message:
    return end(conversation.ask("Where do rivers go?"), "To the **sea**.")


@pytest.fixture
def share(answer) -> Share:
    return answer.conversation.shares.create()


@pytest.fixture
def url(share) -> str:
    return f"/share/{share.token}/"


@pytest.fixture
def reader(db) -> Client:
    return Client()


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(("days", "left"), [("1", 1), ("7", 7), ("30", 30), ("", None)])
def test_a_link_is_made_for_as_long_as_is_chosen(visitor, answer, days, left):
    visitor.post(f"/c/{answer.conversation_id}/share/", {"days": days})

    share = Share.objects.get()
    if left is None:
        assert share.expires_at is None
    else:
        rest = share.expires_at - timezone.now()
        assert timedelta(days=left, minutes=-1) < rest <= timedelta(days=left)


@pytest.mark.parametrize("days", ["2", "-1", "x", "9" * 40])
def test_another_time_is_refused(visitor, answer, days):
    response = visitor.post(f"/c/{answer.conversation_id}/share/", {"days": days})

    assert response.status_code == 422
    assert "how long" in response.content.decode()
    assert not Share.objects.exists()


def test_the_owner_sees_all_links_and_their_views(visitor, answer):
    for _ in range(2):
        visitor.post(f"/c/{answer.conversation_id}/share/", {"days": "7"})
    Share.objects.update(view_count=3)

    shown = page(visitor, f"/c/{answer.conversation_id}/share/")

    for share in Share.objects.all():
        assert f"http://testserver/share/{share.token}/" in shown
    assert shown.count("3 views") == 2


def test_a_reader_sees_what_was_said_and_nothing_of_the_owner(reader, answer, url):
    owner = get_user_model().objects.create_user("ann.owner")
    Conversation.objects.update(owner=owner, visitor="", input={"system": "my own prompt"})

    shown = page(reader, url)

    assert "Where do rivers go?" in shown
    assert "To the <strong>sea</strong>." in shown
    for secret in ("ann.owner", "my own prompt", 'name="text"', 'id="sidebar"'):
        assert secret not in shown
    assert f"/messages/{answer.id}/retry" not in shown


def test_a_reader_needs_no_account(reader, url, settings):
    settings.CHAT_REQUIRE_LOGIN = True

    assert "Where do rivers go?" in page(reader, url)


def test_the_page_is_kept_by_nobody_and_tells_nobody(reader, url):
    response = reader.get(url)

    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["Cache-Control"] == "private, no-store"
    assert 'name="referrer" content="no-referrer"' in response.content.decode()


def test_the_branch_that_is_shown_now_is_shared(reader, conversation, answer, url):
    old = end(answer, "To the sea.", status="failed", error="The key sk-123 is wrong.")
    failed = page(reader, url)
    end(conversation.retry(old), "Elsewhere.")

    shown = page(reader, url)

    assert "Elsewhere." in shown
    assert "To the sea." not in shown
    assert reader.get(f"{url}messages/{old.id}/").status_code == 404
    assert "sk-123" not in failed, "what failed is the owner's"


def test_an_answer_that_is_being_written_is_live(reader, conversation, answer, url):
    running = conversation.ask("And then?")

    shown = page(reader, url)

    assert f'data-stream-url="{url}live/{running.id}"' in shown
    assert running.prediction.stream_key not in shown, "it is good for longer than the link"
    assert f'data-url="{url}messages/{running.id}/"' in shown
    assert f'data-waiting-url="{url}messages/{running.id}/waiting/"' in shown
    assert 'data-stop-url=""' in shown
    assert reader.get(f"{url}messages/{running.id}/waiting/").status_code == 200


def test_readers_get_the_words_of_one_message(reader, answer, url):
    assert reader.get(f"{url}messages/{answer.id}/text/").content == b"To the **sea**."
    assert 'data-status="succeeded"' in page(reader, f"{url}messages/{answer.id}/")


def test_a_token_opens_its_own_conversation_only(reader, version, url):
    other = end(Conversation(visitor="mine", version=version).ask("Secret"), "Secret")

    assert reader.get(f"{url}messages/{other.id}/").status_code == 404
    assert reader.get(f"{url}messages/{other.id}/text/").status_code == 404


def closings():
    return {
        "revoked": lambda share: share.revoke(),
        "expired": lambda share: Share.objects.update(
            expires_at=timezone.now() - timedelta(seconds=1)
        ),
        "deleted": lambda share: share.conversation.throw_away(),
        "temporary": lambda share: Conversation.objects.update(is_temporary=True),
        "gone": lambda share: share.conversation.delete(),
    }


@pytest.mark.parametrize("how", closings())
def test_a_link_that_is_over_says_so_plainly(reader, share, answer, url, how):
    closings()[how](share)

    places = ["", "continue/", f"messages/{answer.id}/", f"messages/{answer.id}/text/"]
    responses = [reader.get(url + place) for place in places]

    assert {response.status_code for response in responses} == {404}
    assert "not good any more" in responses[0].content.decode()
    assert "rivers" not in responses[0].content.decode()
    assert responses[0]["X-Robots-Tag"] == "noindex, nofollow"


@pytest.mark.parametrize("token", ["%00", "a%00b", "%ED%A0%80"])
def test_a_token_that_no_database_can_keep_is_none(reader, share, token):
    assert reader.get(f"/share/{token}/").status_code == 404


def test_an_unknown_token_looks_the_same(reader, share):
    response = reader.get("/share/nonsense/")

    assert response.status_code == 404
    assert "not good any more" in response.content.decode()


def test_a_link_is_revoked_by_its_owner_only(visitor, reader, share):
    address = f"/c/{share.conversation_id}/share/{share.id}/revoke/"

    theirs = reader.post(address).status_code
    assert Share.objects.open().exists()
    visitor.post(address)

    assert theirs == 404
    assert not Share.objects.open().exists()


def test_a_browser_session_is_one_view_and_the_owner_none(visitor, reader, share, url):
    for client in (reader, reader, Client(), visitor):
        client.get(url)

    share.refresh_from_db()
    assert share.view_count == 2
    assert "sessionid" not in reader.cookies, "a reader has no session"
    cookie = reader.cookies["seen"]
    assert (cookie["path"], cookie["max-age"], cookie["httponly"]) == (url, "", True)


def attach(message: Message, kind: str, name: str, content: bytes = PNG) -> Attachment:
    return message.attachments.create(
        name=name, content_type=kind, size=len(content), content=ContentFile(content, name=name)
    )


def test_images_are_shared_and_other_files_by_name_only(reader, answer, url):
    image = attach(answer.parent, "image/png", "map.png")
    text = attach(answer.parent, "text/plain", "notes.txt", b"private notes")
    drawing = attach(answer.parent, "image/svg+xml", "x.svg", b"<svg onload='alert(1)'/>")

    shown = page(reader, url)

    assert "map.png" in shown
    assert "notes.txt" in shown
    assert "private notes" not in shown
    response = reader.get(f"{url}images/{image.id}/")
    assert response.content == PNG
    assert "sandbox" in response["Content-Security-Policy"]
    for each in (text, drawing):
        assert reader.get(f"{url}images/{each.id}/").status_code == 404


def test_an_image_of_another_conversation_is_not_shared(reader, version, url):
    other = Conversation(visitor="mine", version=version).ask("Secret")
    image = attach(other.parent, "image/png", "map.png")

    assert reader.get(f"{url}images/{image.id}/").status_code == 404


def test_a_reader_continues_in_a_chat_of_their_own(reader, conversation, answer, url):
    Conversation.objects.update(input={"system": "my own prompt"})
    attach(answer.parent, "text/plain", "notes.txt", b"private notes")
    attach(answer.parent, "image/png", "map.png")
    running = conversation.ask("And then?")

    asked = reader.get(f"{url}continue/")
    response = reader.post(f"{url}continue/", follow=True)

    copy = Conversation.objects.exclude(id=conversation.id).get()
    assert asked["Referrer-Policy"] == "same-origin", "the form could not be sent"
    assert response.redirect_chain == [(copy.get_absolute_url(), 302)]
    assert [turn.body for turn in copy.shown()] == [
        "Where do rivers go?",
        "To the **sea**.",
        "And then?",
    ]
    assert copy.input == {}
    with copy.shown()[0].attachments.get().content.open() as content:
        assert content.read() == PNG, "what readers cannot see stays the owner's"
    assert running.conversation_id == conversation.id
    conversation.delete()
    assert "sea" in reader.get(copy.get_absolute_url()).content.decode()


def test_a_copy_is_asked_on(reader, share, answer, url):
    reader.post(f"{url}continue/")
    copy = Conversation.objects.exclude(id=share.conversation_id).get()

    copy.ask("And then?")

    assert "To the **sea**." in Prediction.objects.latest("created_at").input["prompt"]


def test_where_login_is_required_a_copy_is_too(reader, url, settings):
    settings.CHAT_REQUIRE_LOGIN = True

    response = reader.post(f"{url}continue/")

    assert response["Location"].startswith("/login/")
    assert Conversation.objects.count() == 1


def test_a_copy_is_not_made_by_a_link_of_another_site(url):
    strict = Client(enforce_csrf_checks=True)

    assert strict.post(f"{url}continue/").status_code == 403


def test_what_was_shared_is_text_not_markup(reader, conversation, answer, url):
    Conversation.objects.update(title="<script>alert(1)</script>")
    end(conversation.ask("<img src=x onerror=alert(1)>"), "<script>alert(2)</script>")

    shown = page(reader, url)

    assert "<script>alert" not in shown
    assert "<img" not in shown


def test_an_image_without_a_word_comes_along(reader, version):
    conversation = Conversation(visitor="mine", version=version)
    answer = end(conversation.ask("Look"), "A map.")
    Message.objects.filter(id=answer.parent_id).update(text="")
    attach(answer.parent, "image/png", "map.png")
    lost = attach(answer.parent, "image/png", "lost.png")
    lost.content.storage.delete(lost.content.name)

    reader.post(f"{conversation.shares.create().get_absolute_url()}continue/")

    copy = Conversation.objects.exclude(id=conversation.id).get()
    assert [turn.body for turn in copy.shown()] == ["", "A map."]
    assert [each.name for each in copy.shown()[0].files] == ["map.png"]


def test_a_copy_of_a_long_conversation_takes_few_questions_to_the_database(
    reader, conversation, url, django_assert_max_num_queries
):
    conversation.refresh_from_db()
    for n in range(30):
        end(conversation.ask(f"Question {n}"), "Well.")

    with django_assert_max_num_queries(50):
        reader.post(f"{url}continue/")


def test_what_a_browser_fetches_ahead_is_no_view(reader, share, url):
    reader.get(url, headers={"Sec-Purpose": "prefetch"})
    share.refresh_from_db()
    assert share.view_count == 0

    reader.get(url)

    share.refresh_from_db()
    assert share.view_count == 1


def test_an_image_whose_file_is_lost_is_not_there(reader, answer, url):
    lost = attach(answer.parent, "image/png", "lost.png")
    lost.content.storage.delete(lost.content.name)

    assert reader.get(f"{url}images/{lost.id}/").status_code == 404
