"""Code that asks a model for what a form says, to copy: each language's own quoting, no token."""

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest

from predictions.api.addresses import base_url
from predictions.inputs import fit
from predictions.models import Prediction, Version

from .input_forms import MASK, InputForm


@dataclass(frozen=True)
class Call:
    """What is asked, and where. `reference` is `owner/name` or `owner/name:<64 hex>`."""

    origin: str
    reference: str
    input: dict
    streams: bool


def call_for(request: HttpRequest, version: Version, input: dict, *, is_newest: bool) -> Call:
    reference = str(version.model) if is_newest else f"{version.model}:{version.id}"
    return Call(base_url(request), reference, fit(input), version.streams)


def snippets(call: Call) -> list[tuple[str, str]]:
    """(what it is called, the code) for each place from which a model can be asked."""
    return [(name, write(call)) for name, write in LANGUAGES.items()]


def curl_of(request: HttpRequest, prediction: Prediction) -> str:
    """Its very stream, as long as that is there; else the same asked anew."""
    if not prediction.has_stream:
        return curl(anew(request, prediction))
    url = shlex.quote(f"{base_url(request)}/v1/streams/{prediction.stream_key}")
    return f'curl -N -H "Accept: text/event-stream" {url}'


def python_of(request: HttpRequest, prediction: Prediction) -> str:
    return python(anew(request, prediction))


def anew(request: HttpRequest, prediction: Prediction) -> Call:
    """What asks for the same again. Secrets are masked."""
    version = prediction.version
    masks = {name: MASK.format(name) for name in InputForm(version).secrets}
    input = {name: masks.get(name, value) for name, value in prediction.input.items()}
    newest = version.model.versions.order_by("-created_at", "-id").first()
    return call_for(request, version, input, is_newest=newest == version)


def curl(call: Call) -> str:
    url = shlex.quote(f"{call.origin}/v1/predictions")
    body = shlex.quote(_json({"version": call.reference, "input": call.input}))
    asked = f"""curl -s -X POST {url} \\
  -H "Authorization: Bearer $REPLICATE_API_TOKEN" \\
  -H "Content-Type: application/json" \\
"""
    if not call.streams:
        return f'{asked}  -H "Prefer: wait" \\\n  -d {body}'
    return f"""STREAM_URL=$({asked}  -d {body} | jq -r .urls.stream)
curl -N -H "Accept: text/event-stream" "$STREAM_URL\""""


def python(call: Call) -> str:
    pairs = "".join(f"    {name!r}: {value!r},\n" for name, value in call.input.items())
    written = f"{{\n{pairs}}}" if pairs else "{}"
    opening = f"""from replicate.client import Client

# The token is read from the environment variable REPLICATE_API_TOKEN.
replicate = Client(base_url={call.origin!r})
input = {written}
"""
    if not call.streams:
        return f"{opening}print(replicate.run({call.reference!r}, input=input))"
    return f"""{opening}for event in replicate.stream({call.reference!r}, input=input):
    print(event, end="", flush=True)"""


def javascript(call: Call) -> str:
    opening = f"""import Replicate from "replicate";

// The token is read from the environment variable REPLICATE_API_TOKEN.
const replicate = new Replicate({{ baseUrl: {_javascript(f"{call.origin}/v1")} }});
const input = {_javascript(call.input)};
"""
    reference = _javascript(call.reference)
    if not call.streams:
        return f"{opening}console.log(await replicate.run({reference}, {{ input }}));"
    return f"""{opening}for await (const event of replicate.stream({reference}, {{ input }})) {{
  process.stdout.write(`${{event}}`);
}}"""


def browser(call: Call) -> str:
    """For a page: the token stays at its own server, which creates the prediction."""
    created = f"""<pre id="answer"></pre>
<script type="module">
  // Your own server sends this input on, with its token, as the other examples do,
  // and replies with the prediction. A token has no place in a page.
  const input = {_in_script(call.input)};
  const prediction = await fetch("/your-server/predictions", {{
    method: "POST",
    body: JSON.stringify({{ input }}),
  }}).then((reply) => reply.json());
  const answer = document.getElementById("answer");
"""
    if not call.streams:
        return f"{created}  answer.textContent = JSON.stringify(prediction.output);\n</script>"
    return f"""{created}  const source = new EventSource(prediction.urls.stream);
  source.addEventListener("output", (event) => answer.append(event.data));
  source.addEventListener("done", () => source.close());
  source.addEventListener("error", (event) => {{
    // A lost connection is an "error" too, without data: EventSource mends that by itself.
    if (event.data) answer.append(JSON.parse(event.data).detail);
  }});
</script>"""


LANGUAGES: dict[str, Callable[[Call], str]] = {
    "curl": curl,
    "Python": python,
    "JavaScript": javascript,
    "Browser": browser,
}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _javascript(value: object) -> str:
    """A JavaScript expression. In a literal, a member named __proto__ would be lost."""
    text = _json(value).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return f"JSON.parse({json.dumps(text)})" if '"__proto__"' in text else text


def _in_script(value: object) -> str:
    """The same inside a <script>, which no text may end."""
    return _javascript(value).replace("<", "\\u003c").replace("\n", "\n  ")
