"""The site of the demo page: the chat in somebody else's page, on this machine.

To a browser `localhost` and `127.0.0.1` are two origins. At one of them is the chat, at the other
the page around it.
"""

from django.conf import settings
from django.urls import reverse

from chatapp import catalogue
from chatapp.models import EmbedSite
from predictions.models import LanguageModel

from .origins import MOST

NAME = "Demo"
LOOPBACK = {"127.0.0.1", "0.0.0.0", "::", "::1"}  # what `localhost` reaches, too
ACCENT = "#a8391f"  # the shop's
GREETING = """\
**Good morning from the barge!** Ask me something while the kettle boils.

(I am Rivulet's built-in demo and have not read the books. I tell stories, though.)
"""
QUESTIONS = (
    "Tell me a short story about a river",
    "Show me a table and a little Python, in Markdown",
    "What are you?",
)


def origins() -> tuple[str, str] | None:
    """The chat's and that of the page around it; None where there is no second one."""
    chat, host = f"http://127.0.0.1:{settings.PORT}", f"http://localhost:{settings.PORT}"
    if settings.PUBLIC_URL:
        return None
    if settings.HOST == "localhost":
        return host, chat
    return (chat, host) if settings.HOST in LOOPBACK else None


def site() -> EmbedSite | None:
    return EmbedSite.objects.filter(name=NAME).first()


def keep() -> str:
    """The site is there, and the page may show it; all else of it is left as an operator has it.
    The page's address, "" where there can be none."""
    if not (both := origins()):
        return ""
    _, host = both
    kept = site() or _make()
    if host not in kept.allowed:
        kept.origins = "\n".join([*kept.allowed, host][-MOST:])
        kept.save(update_fields=["origins"])
    return host + reverse("embed_demo")


def _make() -> EmbedSite:
    owner, _, name = catalogue.DEMO.partition("/")
    return EmbedSite.objects.create(
        name=NAME,
        model=LanguageModel.objects.filter(owner=owner, name=name).first(),
        title="Ask Heron Books",
        greeting=GREETING,
        suggestions="\n".join(QUESTIONS),
        accent=ACCENT,
        radius=6,
    )
