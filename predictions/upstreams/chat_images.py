"""The images of a message, as the chat protocols take them: each in its own way.

An image is a data: URI (base64) or an https URL; nothing is fetched here.
"""

import re

from .base import UpstreamError

DATA = re.compile(r"data:(image/[a-z0-9.+-]+);base64,([A-Za-z0-9+/=]+)")


def openai_message(message: dict) -> dict:
    """https://platform.openai.com/docs/guides/images-vision"""
    images = [{"type": "image_url", "image_url": {"url": each}} for each in _images(message)]
    return _in_parts(message, images, first=_text(message))


def anthropic_message(message: dict) -> dict:
    """https://docs.anthropic.com/en/docs/build-with-claude/vision: images come before the text."""
    images = [{"type": "image", "source": _source(each)} for each in _images(message)]
    return _in_parts(message, images, last=_text(message))


def ollama_message(message: dict) -> dict:
    """https://docs.ollama.com/api/chat: bare base64. It opens no URL."""
    images = [DATA.fullmatch(each) for each in _images(message)]
    if not all(images):
        raise UpstreamError("This model takes images as data: URIs, not as links.")
    plain = _without_images(message)
    return plain | {"images": [each[2] for each in images]} if images else plain


def _images(message: dict) -> list[str]:
    """Raises UpstreamError where one is neither a data: URI of an image nor an https URL."""
    images = message.get("images") or []
    is_list = isinstance(images, list) and all(isinstance(each, str) for each in images)
    if not is_list or not all(
        each.startswith("https://") or DATA.fullmatch(each) for each in images
    ):
        raise UpstreamError("An image must be a data: URI with base64, or an https URL.")
    return images


def _text(message: dict) -> list[dict]:
    content = message["content"]
    return [{"type": "text", "text": content}] if content.strip() else []


def _in_parts(message: dict, images: list, *, first: list = (), last: list = ()) -> dict:
    content = [*first, *images, *last] if images else message["content"]
    return _without_images(message) | {"content": content}


def _without_images(message: dict) -> dict:
    return {name: value for name, value in message.items() if name != "images"}


def _source(image: str) -> dict:
    if data := DATA.fullmatch(image):
        return {"type": "base64", "media_type": data[1], "data": data[2]}
    return {"type": "url", "url": image}
