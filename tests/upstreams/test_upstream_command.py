import io
import re
import socket
import sys

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from predictions.models import LanguageModel, Upstream, WebhookSecret
from tests.conftest import copy_of

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
    with pytest.raises(CommandError, match=r"has no list of models \(HTTP 404\).* name a"):
        run("add", "openai", f"{server.url}/other")


def test_a_server_that_is_not_there_is_a_sentence():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(CommandError, match=r"nothing listens at .*: is the server running"):
        run("add", "openai", f"http://127.0.0.1:{port}/v1", "--model", "x")
    assert not Upstream.objects.exists()


@pytest.mark.parametrize(
    "url",
    ["127.0.0.1:11434", "ftp://x", "http://", "http://[bad", "http://a:b", "http://a?b=c", ""],
)
def test_a_url_that_is_none_is_a_sentence(url):
    with pytest.raises(CommandError, match="The URL must be like"):
        run("add", "openai", url)


def test_a_url_with_a_password_is_refused_without_repeating_it():
    with pytest.raises(CommandError, match="must not hold a password") as caught:
        run("add", "openai", "http://me:secret@x")
    assert "secret" not in str(caught.value)


def test_a_refused_key_is_a_sentence(server, monkeypatch):
    monkeypatch.setenv("BOX_KEY", "wrong")

    with pytest.raises(CommandError, match="refused the key in BOX_KEY"):
        run("add", "openai", f"{server.origin}/locked/v1", "--key-env", "BOX_KEY")
    with pytest.raises(CommandError, match="give one with --key or --key-env"):
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


# Keys, headers, limits


def say(monkeypatch, line: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(line))


def add(server, *arguments: str) -> Upstream:
    run("add", "openai", server.url, "--name", "box", "--model", "words", *arguments)
    return Upstream.objects.get(name="box")


def test_a_key_is_read_from_standard_input_and_kept_encrypted(server, monkeypatch):
    say(monkeypatch, "sk-secret-1\n")

    box = add(server, "--key")

    assert box.key == "sk-secret-1"
    assert "sk-secret-1" not in box.encrypted_key
    assert "key stored" in run("list")
    assert "sk-secret-1" not in run("list")


def test_a_key_is_no_argument(server):
    with pytest.raises(CommandError, match="unrecognized arguments"):
        run("add", "openai", server.url, "--key", "sk-secret", "--name", "box")


@pytest.mark.parametrize("typed", ["", "\n"])
def test_no_key_is_a_sentence(server, monkeypatch, typed):
    say(monkeypatch, typed)

    with pytest.raises(CommandError, match="No key was given"):
        add(server, "--key")


@pytest.mark.parametrize("typed", ["sk-sécret", "sk-\x07bell"])
def test_a_key_that_cannot_be_sent_is_refused_without_repeating_it(server, monkeypatch, typed):
    say(monkeypatch, typed)

    with pytest.raises(CommandError, match="A key is one line") as caught:
        add(server, "--key")
    assert typed not in str(caught.value)


def test_what_is_configured_is_listed_but_for_what_is_secret(server, monkeypatch):
    add(server)
    monkeypatch.setenv("BOX_KEY", "sk-secret-1")
    other = server.url.replace("127.0.0.1", "localhost")

    run(
        *("add", "openai", other, "--name", "second", "--model", "words", "--key-env", "BOX_KEY"),
        *("--header", "X-Team: secret-team", "--header", "X-Org: secret-org"),
        *("--max-runs", "3", "--requests-a-minute", "60", "--fallback", "box"),
    )

    listed = run("list")
    assert listed.splitlines()[1] == (
        f"second: openai, {other}, 1 model(s), key in BOX_KEY, headers X-Team and X-Org, "
        "at most 3 at once, at most 60 requests a minute, else box"
    )
    assert "secret" not in listed
    monkeypatch.delenv("BOX_KEY")
    assert "key in BOX_KEY, which is not set" in run("list")


def test_a_change_leaves_alone_what_is_not_named(server, monkeypatch):
    say(monkeypatch, "sk-secret-1")
    add(server, "--key", "--header", "X-Team: a", "--max-runs", "3")

    run("change", "box", "--requests-a-minute", "5", "--disable")
    run("change", "box", "--header", "x-team: b", "--header", "X-Org: c", "--max-runs", "0")

    box = Upstream.objects.get()
    assert (box.key, box.headers) == ("sk-secret-1", {"x-team": "b", "X-Org": "c"})
    assert (box.max_runs, box.requests_a_minute, box.enabled) == (None, 5, False)
    assert "disabled" in run("list")


def test_a_change_forgets_what_it_is_told_to(server, monkeypatch):
    say(monkeypatch, "sk-secret-1")
    add(server, "--key", "--header", "X-Team: a")
    run("add", "openai", f"{server.url}", "--name", "two", "--model", "words", "--fallback", "box")

    run("change", "box", "--no-key", "--no-headers", "--disable")
    run("change", "two", "--no-fallback")
    run("change", "box", "--enable")

    box = Upstream.objects.get(name="box")
    assert (box.encrypted_key, box.encrypted_headers, box.enabled) == ("", "", True)
    assert Upstream.objects.get(name="two").fallback is None


def test_a_variable_takes_the_place_of_a_stored_key_and_the_other_way_round(server, monkeypatch):
    monkeypatch.setenv("BOX_KEY", "sk-other")
    say(monkeypatch, "sk-secret-1\nsk-secret-2\n")
    add(server, "--key")

    run("change", "box", "--key-env", "BOX_KEY")
    by_variable = Upstream.objects.get()
    run("change", "box", "--key")
    stored = Upstream.objects.get()

    assert (by_variable.key, by_variable.encrypted_key) == ("sk-other", "")
    assert (stored.key, stored.key_env) == ("sk-secret-2", "")


def test_a_model_is_added_by_name_later(server):
    add(server)

    run("change", "box", "--model", "typed/by-hand")

    assert {str(model) for model in LanguageModel.objects.all()} == {
        "box/words",
        "box/typed-by-hand",
    }


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--header", "secret"], "Header 1 must be like"),
        (["--header", "X Y: secret"], "Header 1 must be like"),
        (["--header", "X: secret\x00"], "The value of X must be"),
        (["--header", "Host: secret"], "The header Host is for us to set"),
        (["--fallback", "nobody"], "There is no upstream nobody"),
        (["--fallback", "box"], "An upstream cannot stand in for itself"),
        (["--max-runs", "-1"], "greater than or equal to 1"),
        (["--url", "nonsense"], "The URL must be like"),
        (["--key", "--no-key"], "not allowed with argument"),
    ],
)
def test_nonsense_is_refused_with_a_sentence_and_nothing_changes(server, arguments, sentence):
    add(server)
    before = Upstream.objects.values().get()

    with pytest.raises(CommandError, match=sentence) as caught:
        run("change", "box", *arguments)
    assert "secret" not in str(caught.value)
    assert Upstream.objects.values().get() == before


# test, sync, rekey


def test_a_test_that_goes_well_is_one_line(server):
    add(server)

    told = run("test", "box", "--model", "box/words")

    assert re.fullmatch(r"box answers: first word after .* s, 9 words in .*\n", told)


def test_a_test_that_fails_is_an_error_with_a_sentence(server):
    add(server)

    with pytest.raises(CommandError, match="there is no model nosuch: it has "):
        run("test", "box", "--model", "nosuch")
    with pytest.raises(CommandError, match=r"no word came within 0.3 s \(model silent\)"):
        run("test", "box", "--model", "silent", "--seconds", "0.3")


def test_a_failed_test_is_a_failure_to_the_shell_too(server, first_run, tmp_path):
    shell = copy_of(first_run, tmp_path / "data")
    shell.manage("upstream", "add", "openai", server.url, "--name", "box", "--model", "500")

    with pytest.raises(AssertionError, match=r"CommandError: box: the server failed \(HTTP 500\)"):
        shell.manage("upstream", "test", "box")


def test_a_sync_tells_what_came_and_what_went(server):
    add(server, "--model", "typed-by-hand")

    first, second = run("sync", "box"), run("sync", "--all")

    count = LanguageModel.objects.count()
    assert re.match(rf"box has {count - 1} models; new: box/\S+, .* and \d+ more; ", first)
    assert first.endswith("listed no more, and kept: box/typed-by-hand.\n")
    assert "new:" not in second


def test_all_upstreams_are_synced_whatever_one_of_them_says(server):
    add(server)
    Upstream.objects.create(name="away", kind="openai", base_url="http://nosuch.invalid/v1")
    Upstream.objects.create(name="off", kind="openai", base_url="http://x.invalid", enabled=False)
    output = io.StringIO()

    with pytest.raises(CommandError, match=r"^away: there is no host nosuch.invalid .*\.$"):
        call_command("upstream", "sync", "--all", stdout=output)
    assert output.getvalue().startswith("box has ")


NEW = "bmV3LW9ubHktZm9yLXRlc3RzLW9ubHktZm9yLXRlc3Q="


def test_rekey_encrypts_everything_with_the_rings_first_key(
    server, settings, monkeypatch, admin_user
):
    (old,) = settings.KEY_RING
    say(monkeypatch, "sk-secret-1")
    add(server, "--key", "--header", "X-Team: a")
    (webhook_key,) = WebhookSecret.keys_of(admin_user)

    settings.KEY_RING = [NEW, old]
    assert run("rekey") == "Encrypted anew with the first key of KEY_RING: 3.\n"

    settings.KEY_RING = [NEW]
    box = Upstream.objects.get()
    assert (box.key, box.headers) == ("sk-secret-1", {"X-Team": "a"})
    assert WebhookSecret.keys_of(admin_user) == [webhook_key]


def test_what_no_key_opens_is_named_and_keeps_the_rest_from_nothing(
    server, settings, monkeypatch, admin_user
):
    (old,) = settings.KEY_RING
    say(monkeypatch, "sk-secret-1")
    add(server, "--key")
    settings.KEY_RING = [NEW]
    WebhookSecret.keys_of(admin_user)
    errors = io.StringIO()

    call_command("upstream", "rekey", stderr=errors)

    assert errors.getvalue() == "No key of KEY_RING opens the key of box: it stays as it is.\n"
    assert "key that cannot be decrypted" in run("list")
    settings.KEY_RING = [old]
    assert Upstream.objects.get().key == "sk-secret-1"
