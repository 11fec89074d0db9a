"""A site's accent, made readable: contrast as WCAG 2.2 counts it (1.4.3, 1.4.11)."""

import re

from django.core.validators import RegexValidator

READABLE = 4.5
LIGHT, DARK = "#fbfaf7", "#20262a"  # about what answers are read on; see static/css/colours.css
INK, FOAM = "#000000", "#ffffff"

is_colour = RegexValidator(r"\A#[0-9a-fA-F]{6}\Z", "Write a colour like #1f6f8b.")


def contrast(one: str, other: str) -> float:
    """From 1, the same, to 21, black and white."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def readable_on(accent: str, ground: str) -> str:
    """The accent as text on that ground: as it is, or as much darker or lighter as is needed."""
    toward = INK if contrast(ground, INK) > contrast(ground, FOAM) else FOAM
    for share in range(0, 101, 5):
        mixed = _mixed(accent, toward, share / 100)
        if contrast(mixed, ground) >= READABLE:
            return mixed
    return toward


def text_on(accent: str) -> str:
    """The colour of letters on the accent itself: the better of dark and light."""
    return max((INK, FOAM), key=lambda text: contrast(text, accent))


def _parts(colour: str) -> list[int]:
    return [int(part, 16) for part in re.findall("..", colour[1:])]


def _luminance(colour: str) -> float:
    parts = [part / 255 for part in _parts(colour)]
    linear = [
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts
    ]
    weighed = zip((0.2126, 0.7152, 0.0722), linear, strict=True)
    return sum(weight * part for weight, part in weighed)


def _mixed(colour: str, other: str, share: float) -> str:
    pairs = zip(_parts(colour), _parts(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)
