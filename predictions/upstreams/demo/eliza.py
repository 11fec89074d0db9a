"""ELIZA's way of listening: find a pattern, swap the pronouns, hand the visitor's words back.

Joseph Weizenbaum, "ELIZA", Communications of the ACM 9 (1), 1966.
"""

import random
import re

REFLECTIONS = {
    "i": "you",
    "me": "you",
    "my": "your",
    "mine": "yours",
    "myself": "yourself",
    "am": "are",
    "i'm": "you are",
    "i've": "you have",
    "i'll": "you will",
    "i'd": "you would",
    "was": "were",
    "we": "you",
    "us": "you",
    "our": "your",
    "you": "I",
    "your": "my",
    "yours": "mine",
    "yourself": "myself",
    "you're": "I am",
    "you've": "I have",
    "you'll": "I will",
}
# After these, "you" is the object: "because of you" is "because of me".
TAKES_OBJECT = {
    "to",
    "for",
    "with",
    "of",
    "about",
    "at",
    "from",
    "by",
    "like",
    "love",
    "hate",
    "tell",
}
TAKES_OBJECT |= {
    "on",
    "than",
    "help",
    "ask",
    "see",
    "know",
    "need",
    "want",
    "miss",
    "trust",
    "thank",
}

RULES = [
    (r"\bi need (.+)", ["Why do you need {0}?", "What would change if you had {0}?"]),
    (
        r"\bi want (.+)",
        ["What would it mean to you to get {0}?", "Suppose you got {0}: then what?"],
    ),
    (
        r"\bi (?:can't|cannot|can not) (.+)",
        ["What stops you, when you try to {0}?", "How do you know that you can't {0}?"],
    ),
    (
        r"\bi(?:'m| am) (?:feeling |so |very |really )?(sad|lonely|tired|afraid|anxious|worried|"
        r"unhappy|stressed|lost|bored|angry)\b",
        [
            "I am sorry to hear that you are {0}. When did it begin?",
            "What does being {0} feel like?",
        ],
    ),
    (
        r"\bi(?:'m| am) (?:feeling |so |very |really )?(happy|glad|excited|proud|well|good|"
        r"great|fine)\b",
        ["That is good to hear. What makes you {0}?", "Who else knows that you are {0}?"],
    ),
    (r"\bi(?:'m| am) (.+)", ["How long have you been {0}?", "How do you feel about being {0}?"]),
    (r"\bi feel (.+)", ["Do you often feel {0}?", "When did you last feel {0}?"]),
    (r"\bi (?:think|believe|guess) (.+)", ["What makes you think {0}?", "Are you sure that {0}?"]),
    (r"\bi (?:dreamed|dreamt) (.+)", ["What does that dream suggest to you?"]),
    (
        r"\bi (love|like|hate|miss|enjoy|prefer) (.+)",
        ["What is it about {1}?", "When did you find out that you {0} {1}?"],
    ),
    (r"\bi remember (.+)", ["What else comes to mind when you think of {0}?"]),
    (
        r"\bmy (mother|father|mum|mom|dad|sister|brother|wife|husband|son|daughter|friend|boss|"
        r"cat|dog)\b(.*)",
        ["Tell me more about your {0}.", "What does your {0} mean to you?"],
    ),
    (r"\b(?:because|since) (.+)", ["Is that the only reason?", "What other reasons come to mind?"]),
    (r"\bwhy don't you (.+?)\??$", ["Should I {0}? I follow rules, and none of them says so."]),
    (r"\bwhy can't i (.+?)\??$", ["Do you think you should be able to {0}?"]),
    (
        r"\b(?:can|could|would|will) you (.+?)\??$",
        ["What if I could not {0}? Mostly I tell stories."],
    ),
    (r"\byou are (.+)|\byou're (.+)", ["What makes you think that I am {0}?"]),
    (
        r"^(?:what|who|where|when|why|how|which)\b(.+?)\??$",
        [
            'I have no facts to answer "{text}" with, only rules. What do you think yourself?',
            'A real model could try "{text}". What would you like the answer to be?',
        ],
    ),
    (r"\b(?:yes|yeah|yep|sure|of course)\b", ["You sound certain. Go on.", "What makes you sure?"]),
    (r"\b(?:no|nope|never)\b", ["Why not?", "Is that a firm no?"]),
    (r"\b(?:sorry|apologi[sz]e)\b", ["There is nothing to be sorry for. Go on."]),
    (r"\b(?:always|everyone|everybody|nobody)\b", ["Can you think of one example?"]),
    (r"\bmaybe|\bperhaps", ["You do not seem quite sure. What speaks against it?"]),
    (r"\bmy (.+)", ["Why do you mention your {0}?", "Tell me more about your {0}."]),
]
OPEN = [
    'You say: "{text}" What is behind that?',
    'When you say "{text}", what comes to mind first?',
    'I would like to hear more about that: "{text}"',
]
EARLIER = ' Does that have to do with what you said before, "{earlier}"?'
INTRODUCTION = re.compile(r"\b(?:my name is|my name's|call me)\s+\S+[.!]?\s*$", re.IGNORECASE)


def is_introduction(text: str) -> bool:
    """Whether the turn does little more than give a name."""
    return bool(INTRODUCTION.search(text))


def reflect(text: str, before: tuple[str, ...], chance: random.Random) -> str:
    """An answer made of the visitor's own words."""
    said = _short(text)
    for pattern, answers in RULES:
        if found := re.search(pattern, text.replace("\u2019", "'"), re.IGNORECASE):
            groups = [turned(group) for group in found.groups() if group]
            return chance.choice(answers).format(*groups, text=said)
    reply = chance.choice(OPEN).format(text=said)
    if before and chance.random() < 0.5:
        reply += EARLIER.format(earlier=_short(before[-1]))
    return reply


def turned(phrase: str) -> str:
    """The first sentence of `phrase` from the other side: "my cat and you" is "your cat and me"."""
    phrase = re.split(r"[.!?;\n]", phrase.strip(), maxsplit=1)[0].strip(" ,\"'")
    words, previous = [], ""
    for word in phrase.split():
        bare = word.lower().strip(",:")
        reflected = REFLECTIONS.get(bare, word)
        if bare == "you" and (previous in TAKES_OBJECT or previous == "and"):
            reflected = "me"
        elif reflected is not word and bare != word.lower():
            reflected += word[len(bare) :]
        words.append(reflected)
        previous = bare
    return " ".join(words)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 120 else f"{line[:120].rsplit(' ', 1)[0]} …"
