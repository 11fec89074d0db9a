"""An answer as the pages show it: what they tell of a prediction, whoever has it."""

from functools import cached_property
from typing import NamedTuple

from django.contrib.humanize.templatetags.humanize import ordinal
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chatapp import rendering
from chatapp.engine_words import in_their_language
from chatapp.wording import WORD
from predictions.cursor import format_cursor
from predictions.models import LOGS, OUTPUT, Prediction

PRINTING = {"cog", "replicate"}  # kinds of upstreams whose logs are what a program prints
SETTLING = 1000  # milliseconds in which what is next in line is taken, as a rule
LONGEST_REASONING = 100_000  # characters on a page


class Progress(NamedTuple):
    """The words and the logs so far, and the cursor of the last of them, read at one moment."""

    text: str
    logs: str
    cursor: int


class Looks(NamedTuple):
    """Safe HTML, of which so many blocks are finished, and how much of the words it covers, in
    UTF-16 units."""

    html: str
    blocks: int
    at: int


class Answer:
    """Mixed into whatever has a `prediction`, or None as long as nothing was asked."""

    prediction: Prediction | None

    @property
    def body(self) -> str:
        """The words so far."""
        return self.progress.text

    @property
    def status(self) -> str:
        return self.prediction.status

    @property
    def is_running(self) -> bool:
        return bool(self.prediction and self.prediction.is_running)

    @property
    def can_retry(self) -> bool:
        return self.status in {"failed", "canceled", "aborted"}

    @cached_property
    def progress(self) -> Progress:
        prediction = self.prediction
        if prediction is None:
            return Progress("", "", 0)
        if not prediction.is_running:
            return Progress(prediction.text, prediction.logs, prediction.last_cursor)
        events = prediction.events
        text, logs = (
            "".join(event.data for event in events if event.kind == kind) for kind in (OUTPUT, LOGS)
        )
        return Progress(text, logs, events[-1].cursor if events else 0)

    @property
    def stream_url(self) -> str:
        """Where the rest is heard; "" where it comes only at the end."""
        prediction = self.prediction
        return f"/live/{prediction.stream_key}" if prediction.has_stream else ""

    @cached_property
    def looks(self) -> Looks:
        """What an answer that is being written looks like by now."""
        live = rendering.LiveRendering(self.body)
        html = "".join([*live.finished, live.open_html()])
        return Looks(html, len(live.finished), live.at)

    @property
    def cursor(self) -> str:
        """Where a stream of the rest begins, as an event id; "" is the start."""
        return format_cursor(self.progress.cursor) if self.progress.cursor else ""

    @property
    def html(self) -> str:
        """A finished answer, rendered. Safe."""
        return rendering.render(self.body)

    @property
    def reasoning(self) -> str:
        """What the model thought or printed beside its answer; of much, the beginning."""
        logs = self.progress.logs
        if len(logs) <= LONGEST_REASONING:
            return logs
        rest = len(logs) - LONGEST_REASONING
        more = ngettext("… and %(n)s character more", "… and %(n)s characters more", rest)
        return f"{logs[:LONGEST_REASONING]}\n{more % {'n': f'{rest:,}'}}"

    @property
    def is_reasoning(self) -> bool:
        """Whether its logs are thoughts, and not what a program prints."""
        upstream = self.prediction.upstream
        return upstream is None or upstream.kind not in PRINTING

    @property
    def reasoning_title(self) -> str:
        if not self.is_reasoning:
            return _("Logs")
        if not self.body:
            return _("Thinking…") if self.is_running else _("Reasoning")
        seconds = self.prediction.metrics.get("time_to_first_word")
        if seconds is None:
            return _("Thought")
        return _("Thought for %(seconds)s s") % {"seconds": f"{seconds:.1f}"}

    @property
    def waiting(self) -> str:
        """Why there is no word yet, where that is known."""
        if not self.is_running or self.prediction.last_cursor:
            return ""
        place = self.prediction.place
        if place == 1 and self.age < SETTLING:
            return ""
        if place is not None:
            if place == 1:
                return _("Waiting: next in line")
            return _("Waiting: %(ordinal)s in line") % {"ordinal": ordinal(place)}
        return in_their_language(self.prediction.waiting_for).rstrip(".。")

    @property
    def error(self) -> str:
        """One sentence for the visitor."""
        return in_their_language(self.prediction.error) or _("The answer could not be finished.")

    @property
    def word_count(self) -> int:
        return len(WORD.findall(self.progress.text))

    @property
    def age(self) -> int:
        """Milliseconds since it was asked for, by the server's clock."""
        age = timezone.now() - self.prediction.created_at
        return max(0, round(age.total_seconds() * 1000))

    @property
    def first_word_after(self) -> float | None:
        """Seconds from the question to the first word."""
        seconds = self.prediction.metrics.get("time_to_first_word")
        if seconds is None or self.prediction.started_at is None:
            return None
        return seconds + (self.prediction.started_at - self.prediction.created_at).total_seconds()

    @property
    def tokens(self) -> tuple[int, int] | None:
        """How many it read and wrote, where the upstream counted both."""
        counts = [
            self.prediction.metrics.get(f"{name}_token_count") for name in ("input", "output")
        ]
        return None if None in counts else tuple(counts)

    @property
    def cost(self) -> str:
        """What it cost, where that is known; of a tiny sum two digits that tell it."""
        cost = self.prediction.cost
        if cost is None:
            return ""
        digits = max(2, 1 - cost.adjusted()) if cost else 2
        return f"{cost:.{digits}f} {self.prediction.cost_currency}"

    @property
    def seconds(self) -> float | None:
        """How long the whole answer took, from the question on."""
        if not (self.prediction and self.prediction.completed_at):
            return None
        return (self.prediction.completed_at - self.prediction.created_at).total_seconds()
