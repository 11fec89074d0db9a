"""Conversations as examples to fine-tune a model with: {"messages": [{"role", "content"}, …]}.

The branch that is shown, the system prompt first; answers that succeeded, with the questions that
they answer, or what a reviewer expected in their place. It ends before anything redacted.
"""

from collections.abc import Iterator
from itertools import takewhile

from chatapp.enclosures import content_of
from chatapp.models import Message
from chatapp.prompting import joined

from .documents import expected, on_a_line
from .reading import Fact, Held

USER, ASSISTANT, SYSTEM = Message.Role.USER, Message.Role.ASSISTANT, Message.Role.SYSTEM


class Examples:
    """`only`: "good" for those with a thumb up, "expected" for those with an expected answer; an
    example then ends with the last answer of this kind."""

    def __init__(self, only: str = "") -> None:
        self._only = only

    def wanted(self, held: Held) -> list[Fact]:
        """The turns of its example; [] for none."""
        turns: list[Fact] = []
        asked: list[Fact] = []
        ends = 0
        for fact in takewhile(lambda fact: fact.redacted_at is None, held.shown):
            asked.append(fact)
            if fact.role != ASSISTANT:
                continue
            if is_usable(fact):
                turns += asked
                ends = len(turns) if self._counts(fact) else ends
            asked = []
        return turns[:ends]

    def line(self, held: Held) -> Iterator[str]:
        prompt = held.transcript.input.get("system_prompt")
        turns = [(SYSTEM.value, prompt if isinstance(prompt, str) else "")]
        turns += [(message.role, _said(message)) for message in held.messages]
        turns = joined(turns)
        if any(role == ASSISTANT for role, _ in turns) and turns[-1][0] == ASSISTANT:
            messages = [{"role": role, "content": content} for role, content in turns]
            yield on_a_line({"messages": messages}) + "\n"

    def _counts(self, fact: Fact) -> bool:
        if self._only == "good":
            return fact.is_good is True
        return fact.expected is not None or self._only != "expected"


def is_usable(fact: Fact) -> bool:
    """Whether it is a whole answer. A rewound one, or a copy, has words and no prediction."""
    return fact.expected is not None or fact.status in {"succeeded", None}


def _said(message: Message) -> str:
    return expected(message) or content_of(message)
