"""What a page needs to be in its language."""

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language

from chatapp.views.language import digest

register = template.Library()


@register.simple_tag
def other_languages() -> list[tuple[str, str]]:
    """(code, its own name) of those that the page is not in."""
    here = get_language()
    return [(code, name) for code, name in settings.LANGUAGES if code != here]


@register.simple_tag
def words_url() -> str:
    """Where the scripts' words are; "" where they are as they were written."""
    code = get_language() or settings.LANGUAGE_CODE
    return "" if code == settings.LANGUAGE_CODE else f"{reverse('words')}?{code}-{digest(code)}"
