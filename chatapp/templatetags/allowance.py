"""How many messages are left, for the page."""

from django import template

from chatapp import limits

register = template.Library()


@register.simple_tag(takes_context=True)
def messages_left(context) -> int | None:
    """Few enough to be told, or None."""
    return limits.few_left(context["request"])
