"""How the turns of a conversation become a version's input: messages, one prompt, or nothing."""

import re
from collections.abc import Iterable, Iterator

from predictions.models import Version

from .enclosures import content_of, image_input, images_of, takes_many, with_images

Turns = list[tuple[str, str]]  # (role, content)


# What the model is told and nobody is shown.
STOPPED = "(I stopped your last answer where it ends.)"
GO_ON = (
    "Your answer was cut off where it ends. Go on with the very next character, in the middle of a "
    "word or sentence if need be (begin with a space where one belongs). Repeat nothing, say "
    "nothing about this, do not begin anew."
)
# Kinds of upstreams whose models go on with the answer that comes last. Others begin a new one.
PREFILLING = {"ollama"}


def input_for(
    version: Version, messages: Iterable, given: dict | None = None, prefix: str = ""
) -> dict:
    """The input that asks `version` to go on after `messages` (each with a role, a body, a status
    and files), and after `prefix`, the words that its answer begins with.

    `given` is what else the conversation asks with, as `Conversation.input`.
    """
    messages, given = list(messages), dict(given or {})
    properties = version.input_schema.get("properties", {})
    turns = joined(told(messages))
    # A model without an input for it hears its system prompt as the first turn.
    system = "" if "system_prompt" in properties else given.pop("system_prompt", "")
    before = joined([("system", system)])
    if "messages" in properties:
        return given | {"messages": _messages(version, before, turns, messages, prefix)}
    given |= _image_input(version, messages)
    if "prompt" in properties:
        template = TEMPLATES.get(version.prompt_template, plain)
        return given | {"prompt": template(before + turns, prefix)}
    # A model that tells nothing of its input is asked as most are; the upstream finds out.
    is_open = version.input_schema.get("additionalProperties")
    return given | ({"prompt": plain(before + turns, prefix)} if is_open else {})


def _messages(
    version: Version, before: Turns, turns: Turns, messages: list, prefix: str
) -> list[dict]:
    said = [{"role": role, "content": content} for role, content in before]
    if image_input(version) == "messages":
        said += with_images(turns, messages)
    else:
        said += [{"role": role, "content": content} for role, content in turns]
    if prefix:
        said.append({"role": "assistant", "content": prefix})
        if version.upstream.kind not in PREFILLING:
            said.append({"role": "user", "content": GO_ON})
    return said


def _image_input(version: Version, messages: list) -> dict:
    """The newest image for a model with an input for one; the newest ones for a list."""
    name, images = image_input(version), [each.reference for each in images_of(messages)]
    if not (name and images):
        return {}
    return {name: images if takes_many(version, name) else images[-1]}


def told(messages: Iterable) -> Iterator[tuple[str, str]]:
    """What the model hears of each turn: what was said, and that an answer was stopped."""
    was_stopped = False
    for message in messages:
        content = content_of(message)
        if was_stopped and message.role == "user":
            content = f"{STOPPED}\n\n{content}"
        was_stopped = message.status == "canceled" and bool(content.strip())
        yield message.role, content


def joined(turns: Iterable[tuple[str, str]]) -> Turns:
    """Without empty turns, roles alternating: strict chat templates refuse anything else."""
    kept: Turns = []
    for role, content in turns:
        if not content.strip():
            continue
        if kept and kept[-1][0] == role:
            content = f"{kept.pop()[1]}\n\n{content}"
        kept.append((role, content))
    return kept


def plain(turns: Turns, prefix: str = "") -> str:
    """One turn is its text; several are a dialogue that the model continues."""
    if len(turns) == 1 and not prefix:
        return turns[0][1]
    lines = [f"{role.capitalize()}: {_quoted(content)}" for role, content in turns]
    return "\n".join([*lines, f"Assistant: {_quoted(prefix)}" if prefix else "Assistant:"])


def llama_2(turns: Turns, prefix: str = "") -> str:
    """Meta's chat format for Llama 2: <s>[INST] <<SYS>> … <</SYS>> … [/INST] … </s>"""
    system = "".join(_defused(content) for role, content in turns if role == "system")
    opening = f"<<SYS>>\n{system}\n<</SYS>>\n\n" if system else ""
    prompt = ""
    for role, content in turns:
        if role == "user":
            prompt += f"<s>[INST] {opening}{_defused(content).strip()} [/INST]"
            opening = ""
        elif role == "assistant":
            prompt += f" {_defused(content).strip()} </s>"
    return f"{prompt} {_defused(prefix).lstrip()}" if prefix else prompt


TEMPLATES = {"": plain, "llama-2": llama_2}

CONTROL = re.compile(r"<(/?)s>|\[(/?)inst\]|<<(/?)sys>>", re.IGNORECASE)
SPEAKER = re.compile(r"^(?=\s*(?:user|assistant|system)\s*:)", re.IGNORECASE | re.MULTILINE)


def _defused(text: str) -> str:
    """Control tokens opened by a space, so that what is typed cannot end a turn or begin one."""
    return CONTROL.sub(lambda token: f"{token[0][0]} {token[0][1:-1]} {token[0][-1]}", text)


def _quoted(text: str) -> str:
    """A line that looks like a speaker's is marked as a quotation."""
    return SPEAKER.sub("> ", text)
