"""The review desk's tabs, on the admin's own pages."""

from django import template

from chatapp.admin import pages

register = template.Library()


@register.simple_tag(takes_context=True)
def desk_tabs(context) -> list[dict]:
    """Those that whoever looks may open; the one of this page's model is marked."""
    opts = context.get("opts")
    return pages.tabs(
        context["request"], f"{opts.label_lower}_changelist".replace(".", "_") if opts else ""
    )
