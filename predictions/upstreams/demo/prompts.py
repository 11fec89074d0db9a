"""Reading a prompt: plain text, or a conversation in the Llama 2 chat template.

https://huggingface.co/blog/llama2#how-to-prompt-llama-2
"""

import re
from dataclasses import dataclass

TURN = re.compile(r"\[INST\](.*?)\[/INST\]", re.DOTALL)
SYSTEM = re.compile(r"<<SYS>>.*?<</SYS>>", re.DOTALL)
NAME = re.compile(
    r"\b(?:my name is|call me|my name's|ich hei(?:ß|ss)e|me llamo|je m'appelle)\s+"
    r"([^\W\d_][\w'-]{0,29})"
    r"|(?:我叫|我的名字是)\s*([\u3400-\u9fffA-Za-z]{1,8})",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Conversation:
    """What the visitor says now, what they said before (oldest first), and how the answer begins
    that is to be gone on with."""

    now: str
    before: tuple[str, ...] = ()
    begun: str = ""

    @property
    def name(self) -> str:
        """The name that the visitor gave last, or ""."""
        for turn in (self.now, *reversed(self.before)):
            if found := NAME.search(turn):
                given = found[1] or found[2]
                return given[:1].upper() + given[1:]
        return ""


def read_prompt(prompt: str) -> Conversation:
    turns = [SYSTEM.sub("", turn).strip() for turn in TURN.findall(prompt)]
    if not turns:
        return Conversation(prompt.strip())
    begun = prompt.rpartition("[/INST]")[2].lstrip()
    return Conversation(turns[-1], tuple(turns[:-1]), "" if "</s>" in begun else begun)
