"""Which answer a turn gets: the first rule that fits, and ELIZA's reflections where none does."""

import random
import re

from . import eliza, shows, stories
from .languages import foreign_answer
from .prompts import Conversation
from .tokens import tokens

WHAT_I_AM = (
    "I am a rule-based stand-in, not a language model. A few pages of ordinary code choose what I "
    "say: no network, no key, no understanding. I am here so that you can see words stream in "
    "before you connect a real model: Ollama, an OpenAI-compatible server, or your own Cog file."
)
HELP = """Here is what I can do:

- **"Tell me a story"**: short or long, about a topic if you like: *a short story about a llama*
- **"Show me some Markdown"**: headings, lists, a table, a block of code
- **"What are you?"**: an honest answer
- or just talk, and I will turn your words back to you, as ELIZA did in 1966

For real answers, connect a real model: `manage.py upstream add openai http://127.0.0.1:11434/v1`."""

IS_HELP = re.compile(r"^\W*help\W*$|\bwhat can you do\b|\bhow (?:does this|do you) work\b", re.I)
IS_ABOUT_ME = re.compile(
    r"\b(?:who|what) are you\b|\bare you (?:an? )?(?:real|ai|a\.i\.|human|robot|bot|llm|chatgpt|"
    r"llama|language model|machine)\b|\byour name\b|\bwhich model\b|\bwhat model\b",
    re.I,
)
IS_STORY = re.compile(r"\b(?:story|stories|tale|fairy ?tale|fable|bedtime)\b", re.I)
IS_SHOW = re.compile(r"\b(?:markdown|table|code|python|javascript|list|headings?|bullets?)\b", re.I)
IS_GREETING = re.compile(
    r"^\W*(?:hi|hello|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|day))\b", re.I
)
IS_FAREWELL = re.compile(r"^\W*(?:bye|goodbye|good night|see you|farewell)\b", re.I)
IS_THANKS = re.compile(r"\b(?:thanks|thank you|thx|cheers)\b", re.I)
IS_MY_NAME = re.compile(
    r"\bwhat(?:'s| is) my name\b|\b(?:do you )?(?:know|remember) my name\b", re.I
)


def answer(conversation: Conversation, chance: random.Random) -> str:
    """The whole answer to the last turn; `chance` decides where there is a choice."""
    text = conversation.now
    if not text:
        return 'You sent nothing but silence. Say "help" to see what I can do.'
    if foreign := foreign_answer(text, conversation.name):
        return foreign
    if IS_HELP.search(text):
        return HELP
    if IS_MY_NAME.search(text):
        return _name_answer(conversation)
    if IS_STORY.search(text):
        return stories.tell(text, chance)
    if IS_ABOUT_ME.search(text):
        return WHAT_I_AM
    if IS_SHOW.search(text):
        return shows.show(text, chance)
    return _small_talk(conversation, chance)


def after(begun: str, text: str) -> str:
    """The rest of an answer: of the same one exactly, of another one from about there on."""
    if text.startswith(begun):
        rest = text.removeprefix(begun)
    else:
        rest = "".join(tokens(text)[len(tokens(begun)) :])
    return rest if rest.strip() else " That is all."


def _small_talk(conversation: Conversation, chance: random.Random) -> str:
    text, name = conversation.now, conversation.name
    comma = f", {name}" if name else ""
    if IS_GREETING.search(text) and len(text.split()) <= 4:
        return (
            f"Hello{comma}! I am the built-in demo, a rule-based stand-in for a language model. "
            'Ask me for a story, say "help", or just tell me what is on your mind.'
        )
    if name and conversation.before == () and eliza.is_introduction(text):
        return f"Pleased to meet you, {name}. What brings you here?"
    if IS_FAREWELL.search(text):
        return f"Goodbye{comma}. The conversation stays here, should you come back to it."
    if IS_THANKS.search(text) and len(text.split()) <= 6:
        return f"You are welcome{comma}."
    return eliza.reflect(text, conversation.before, chance)


def _name_answer(conversation: Conversation) -> str:
    if conversation.name:
        return f"Your name is {conversation.name}: you told me so in this conversation."
    return 'You have not told me yet. Say "my name is ..." and I will remember it here.'
