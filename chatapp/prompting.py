"""How the turns of a conversation become a version's input: messages, one prompt, or nothing."""

import re
from collections.abc import Iterable

from predictions.models import Version

Turns = list[tuple[str, str]]  # (role, content)


def input_for(version: Version, messages: Iterable) -> dict:
    """The input that asks `version` to go on after `messages` (each with a role and a body)."""
    turns = joined((message.role, message.body) for message in messages)
    properties = version.input_schema.get("properties", {})
    if "messages" in properties:
        return {"messages": [{"role": role, "content": content} for role, content in turns]}
    if "prompt" in properties:
        return {"prompt": TEMPLATES.get(version.prompt_template, plain)(turns)}
    # A model that tells nothing of its input is asked as most are; the upstream finds out.
    return {"prompt": plain(turns)} if version.input_schema.get("additionalProperties") else {}


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


def plain(turns: Turns) -> str:
    """One turn is its text; several are a dialogue that the model continues."""
    if len(turns) == 1:
        return turns[0][1]
    lines = [f"{role.capitalize()}: {_quoted(content)}" for role, content in turns]
    return "\n".join([*lines, "Assistant:"])


def llama_2(turns: Turns) -> str:
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
    return prompt


TEMPLATES = {"": plain, "llama-2": llama_2}

CONTROL = re.compile(r"<(/?)s>|\[(/?)inst\]|<<(/?)sys>>", re.IGNORECASE)
SPEAKER = re.compile(r"^(?=\s*(?:user|assistant|system)\s*:)", re.IGNORECASE | re.MULTILINE)


def _defused(text: str) -> str:
    """Control tokens opened by a space, so that what is typed cannot end a turn or begin one."""
    return CONTROL.sub(lambda token: f"{token[0][0]} {token[0][1:-1]} {token[0][-1]}", text)


def _quoted(text: str) -> str:
    """A line that looks like a speaker's is marked as a quotation."""
    return SPEAKER.sub("> ", text)
