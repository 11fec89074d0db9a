"""The code to copy says what the form says, in each language, whatever is in it."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatapp.snippets import Call, browser, curl, javascript, python, snippets

ORIGIN = "https://chat.example.org"
AWKWARD = {
    "prompt": 'It\'s "so" `odd` $HOME $(id) !! \\ \\n\nnew line\ttab % {x} ${x} </script><!-- & ;',
    "unicode": "é \u2028 \u2029 \u0085 \U0001f999 עברית",
    "--flag": True,
    "none": None,
    "list": ["'", '"', {"a": 1.5e-7}],
    "__proto__": {"a": 1},
    "": "'''",
    "at": "@/etc/passwd",
}
needs_node = pytest.mark.skipif(not shutil.which("node"), reason="node is missing")


def call(input: dict, *, streams: bool = True) -> Call:
    return Call(ORIGIN, "owner/name", input, streams)


def said_by_shell(code: str) -> list[str]:
    """What curl is asked for, by a shell in which it only tells its arguments."""
    told = r"""curl() { for each; do printf '%s\0' "$each" >&3; done; echo '{"urls":{}}'; }"""
    script = f"exec 3>&1\n{told}\njq() {{ cat >/dev/null; }}\n{code}\n"
    run = subprocess.run(["bash", "-c", script], capture_output=True, check=True, timeout=20)
    return run.stdout.decode().split("\0")


def said_by_python(code: str) -> dict:
    tree = ast.parse(code)
    assigned = {
        each.targets[0].id: each.value for each in tree.body if isinstance(each, ast.Assign)
    }
    return ast.literal_eval(assigned["input"])


def said_by_node(code: str) -> dict:
    literal = re.search(r"const input = (.*?);\n(?=for await|console|  const)", code, re.S)[1]
    script = f"process.stdout.write(JSON.stringify({literal}))"
    run = subprocess.run(["node", "-e", script], capture_output=True, check=True, timeout=20)
    return json.loads(run.stdout)


def test_a_shell_asks_for_just_that():
    said = said_by_shell(curl(call(AWKWARD)))

    assert json.loads(said[said.index("-d") + 1]) == {"version": "owner/name", "input": AWKWARD}
    assert f"{ORIGIN}/v1/predictions" in said


def test_python_asks_for_just_that():
    assert said_by_python(python(call(AWKWARD))) == AWKWARD


@needs_node
@pytest.mark.parametrize("write", [javascript, browser])
def test_javascript_asks_for_just_that(write):
    assert said_by_node(write(call(AWKWARD))) == AWKWARD


def test_nothing_that_is_typed_ends_the_script_of_the_page():
    code = browser(call(AWKWARD))

    assert code.count("</script>") == 1
    assert "<!--" not in code


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab'\"\\$\n"), inner),
    max_leaves=5,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text("abc _'\"\\$`!\n", max_size=5), VALUES, max_size=4))
def test_any_input_survives_the_shell_and_python(input):
    said = said_by_shell(curl(call(input)))

    assert json.loads(said[said.index("-d") + 1])["input"] == input
    assert said_by_python(python(call(input))) == input


@pytest.mark.parametrize("streams", [True, False])
def test_no_code_has_a_token_and_each_language_knows_the_site(streams):
    for name, code in snippets(call({"prompt": "Hi"}, streams=streams)):
        assert "r8_" not in code
        assert name == "Browser" or "REPLICATE_API_TOKEN" in code
        assert name == "Browser" or ORIGIN in code
        assert (("stream" in code) or ("EventSource" in code)) == streams


def test_the_copied_code_is_answered_word_by_word(server, tmp_path):
    """Run for real: curl with jq, and Replicate's client for Python."""
    input = {"prompt": 'What\'s a "river"?\nTell me.', "seed": 1, "max_new_tokens": 6}
    environment = os.environ | {"REPLICATE_API_TOKEN": server.token}
    asked = Call(server.url, "rivulet/demo", input, streams=True)

    def run(*command: str) -> str:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=60, env=environment, cwd=tmp_path
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    heard = re.findall(r"^event: output\nid: .*\ndata: (.*)$", run("bash", "-c", curl(asked)), re.M)
    printed = run(sys.executable, "-c", python(asked))

    assert len(heard) == 6
    assert printed.split() == "".join(heard).split()
    id = server.get("/v1/predictions").json()["results"][0]["id"]
    assert server.prediction(id)["input"] == input
