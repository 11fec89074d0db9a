import io
import socket

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from predictions.models import LanguageModel, Upstream

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    output = io.StringIO()
    call_command("upstream", *arguments, stdout=output)
    return output.getvalue()


def test_adding_an_upstream_adds_and_shows_its_models(server):
    output = run("add", "openai", server.url, "--name", "box")

    assert "  box/words\n" in output
    assert "  box/org-slashed-model.gguf\n" in output
    assert LanguageModel.objects.get(name="words").versions.get().upstream.base_url == server.url
    assert f"box: openai, {server.url}, " in run("list")


def test_the_host_is_the_name_where_none_is_given(server):
    run("add", "openai", server.url)

    assert Upstream.objects.get().name == server.origin.removeprefix("http://").replace(":", "-")


def test_a_model_typed_by_hand_will_do_where_there_is_no_list(server):
    run("add", "openai", f"{server.url}/other", "--name", "box", "--model", "a/b", "--model", "c")

    assert [str(model) for model in LanguageModel.objects.all()] == ["box/a-b", "box/c"]


def test_without_a_list_the_operator_is_told_to_name_one(server):
    with pytest.raises(CommandError, match=r"has no list of models \(HTTP 404\): name one with"):
        run("add", "openai", f"{server.url}/other")


def test_a_server_that_is_not_there_is_a_sentence():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(CommandError, match="cannot be reached: is the server running"):
        run("add", "openai", f"http://127.0.0.1:{port}/v1", "--model", "x")
    assert not Upstream.objects.exists()


@pytest.mark.parametrize(
    "url",
    ["127.0.0.1:11434", "ftp://x", "http://", "http://[bad", "http://a:b", "http://me:secret@x"],
)
def test_a_url_that_is_none_is_a_sentence(url):
    with pytest.raises(CommandError, match="The URL must be like"):
        run("add", "openai", url)


def test_a_refused_key_is_a_sentence(server, monkeypatch):
    monkeypatch.setenv("BOX_KEY", "wrong")

    with pytest.raises(CommandError, match="refused the key in BOX_KEY"):
        run("add", "openai", f"{server.origin}/locked/v1", "--key-env", "BOX_KEY")
    with pytest.raises(CommandError, match="Name its environment variable with --key-env"):
        run("add", "openai", f"{server.origin}/locked/v1", "--model", "x")


def test_a_key_that_is_not_set_is_a_sentence(server):
    with pytest.raises(CommandError, match="NO_SUCH_KEY is not set"):
        run("add", "openai", server.url, "--key-env", "NO_SUCH_KEY")


def test_a_name_or_address_that_is_taken_is_a_sentence(server):
    run("add", "openai", server.url, "--name", "box", "--model", "words")

    with pytest.raises(CommandError, match="is there already, as box"):
        run("add", "openai", f"{server.url}/")
    with pytest.raises(CommandError, match="The name box is taken"):
        run("add", "openai", f"{server.origin}/v2", "--name", "box")


def test_a_name_that_cannot_be_one_is_a_sentence(server):
    with pytest.raises(CommandError, match="Use lower-case letters"):
        run("add", "openai", server.url, "--name", "My Box")


def test_removing_an_upstream_removes_its_models(server):
    run("add", "openai", server.url, "--name", "box", "--model", "words")

    assert run("remove", "box") == "Removed box.\n"
    assert not Upstream.objects.exists()
    assert not LanguageModel.objects.exists()


def test_an_upstream_whose_predictions_are_kept_is_disabled(server):
    run("add", "openai", server.url, "--name", "box", "--model", "words", "--model", "slow")
    LanguageModel.objects.get(name="words").versions.get().predict({"prompt": "Hi"})

    assert run("remove", "box").startswith("Disabled box")
    assert not Upstream.objects.get().enabled
    assert [model.name for model in LanguageModel.objects.all()] == ["words"]


def test_an_upstream_that_is_not_there_cannot_be_removed():
    with pytest.raises(CommandError, match="There is no upstream box"):
        run("remove", "box")
