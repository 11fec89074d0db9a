"""Stories: put together from parts that fit, about whoever the visitor asks for."""

import random
import re
from string import Template

from . import story_parts as parts

TOPIC = re.compile(
    r"\babout\s+(.+?)(?:[.!?\n]|\s+(?:please|for|that|who|which)\b|$)", re.IGNORECASE
)
CREATURE = re.compile(r"^(?:an?|one)\s+([\w' -]{2,30})$", re.IGNORECASE)
VOWELS = "aeiou"


def tell(text: str, chance: random.Random) -> str:
    """A story for the request `text`: as long as it asks, on its topic if it has one."""
    scene = _scene(text, chance)
    meetings = chance.sample(parts.MEETINGS, _length(text))
    told = [
        chance.choice(parts.OPENINGS),
        chance.choice(parts.CALLS),
        *meetings,
        chance.choice(parts.TURNS),
        chance.choice(parts.ENDINGS),
    ]
    title = Template("Sure! Here's a story for you$topic:").substitute(scene)
    paragraphs = [Template(part).substitute(scene) for part in told]
    return "\n\n".join([title, scene["title"], *paragraphs])


def _length(text: str) -> int:
    """How many meetings: none, one or four."""
    if re.search(r"\b(?:short|brief|tiny|quick|little)\b", text, re.IGNORECASE):
        return 0
    return 4 if re.search(r"\b(?:long|longer|epic)\b", text, re.IGNORECASE) else 1


def _scene(text: str, chance: random.Random) -> dict[str, str]:
    creature, wish, topic = chance.choice(parts.CREATURES), chance.choice(parts.WISHES), ""
    if found := TOPIC.search(text):
        asked = found[1].strip()
        topic = f", about {asked}"
        if creature_asked := CREATURE.match(asked):
            creature = creature_asked[1].lower()
        else:
            wish = f"the truth about {asked}"
    name = chance.choice(parts.NAMES)
    return {
        "a_creature": f"{'an' if creature[0] in VOWELS else 'a'} {creature}",
        "creature": creature,
        "name": name,
        "place": chance.choice(parts.PLACES),
        "wish": wish,
        "topic": topic,
        "title": Template(chance.choice(parts.TITLES)).substitute(name=name, wish=wish),
    }
