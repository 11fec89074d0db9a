"""What goes with a message to a model: the texts of its files inside its own, and its images where
the model's schema has a place for them."""

import re
from collections.abc import Iterable
from itertools import groupby

from predictions.models import Version

from .input_schemas import resolved

MOST_IMAGES = 4  # the newest ones of a conversation; each turn sends them anew
IMAGE_LIKE = re.compile(r"image|img|photo|picture", re.IGNORECASE)
MASK_LIKE = re.compile(r"mask", re.IGNORECASE)
BACKTICKS = re.compile("`+")


def content_of(message) -> str:
    """The message with its text files before it, each as a block under its name."""
    parts = [fenced(each.name, each.text) for each in message.files if not each.is_image]
    if message.body.strip():
        parts.append(message.body)
    elif not parts:
        parts = [f"[image: {each.name}]" for each in message.files]
    return "\n\n".join(parts) or message.body


def fenced(name: str, text: str) -> str:
    """A block whose fence is longer than whatever the text has of it."""
    longest = max(map(len, BACKTICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{name}:\n{fence}\n{text}\n{fence}"


def image_input(version: Version) -> str:
    """The input that takes images: `messages`, another one's name, or "" where there is none."""
    components = version.schema["components"]
    properties = version.input_schema.get("properties", {})
    message = resolved(properties.get("messages"), components).get("items")
    if "images" in (resolved(message, components).get("properties") or {}):
        return "messages"
    for name, property in properties.items():
        is_named = IMAGE_LIKE.search(name) and not MASK_LIKE.search(name)
        flat = resolved(property, components)
        if is_named and "uri" in (flat.get("format"), _item(flat, components).get("format")):
            return name
    return ""


def takes_many(version: Version, name: str) -> bool:
    """Whether that input is a list."""
    components = version.schema["components"]
    return resolved(version.input_schema["properties"][name], components).get("type") == "array"


def images_of(messages: Iterable, most: int = MOST_IMAGES) -> list:
    """The newest images of these messages, oldest first."""
    return [each for message in messages for each in message.files if each.is_image][-most:]


def with_images(turns: list[tuple[str, str]], messages: list) -> list[dict]:
    """The turns as a chat model's messages, each with its images. `messages` are those that the
    turns were joined from."""
    newest = {image.id for image in images_of(messages)}
    said = [message for message in messages if content_of(message).strip()]
    groups = [list(group) for _, group in groupby(said, key=lambda message: message.role)]
    return [
        {"role": role, "content": content} | _images(group, newest)
        for (role, content), group in zip(turns, groups, strict=True)
    ]


def _images(group: list, newest: set) -> dict:
    images = [each.reference for each in images_of(group) if each.id in newest]
    return {"images": images} if images else {}


def _item(flat: dict, components: dict) -> dict:
    return resolved(flat.get("items"), components)
