"""An answer as the pages show it: what they tell of a prediction, whoever has it."""

from functools import cached_property
from typing import NamedTuple

from django.contrib.humanize.templatetags.humanize import ordinal
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chatapp import rendering
from chatapp.engine_words import in_their_language
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
        return f"/v1/streams/{prediction.stream_key}" if prediction.has_stream else ""

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
        return len(self.body.split())

    @property
    def age(self) -> int:
        """Milliseconds since it was asked for, by the server's clock."""
        age = timezone.now() - self.prediction.created_at
        return max(0, round(age.total_seconds() * 1000))

    @property
    def seconds(self) -> float | None:
        """How long the whole answer took, from the question on."""
        if not (self.prediction and self.prediction.completed_at):
            return None
        return (self.prediction.completed_at - self.prediction.created_at).total_seconds()
