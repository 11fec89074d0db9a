"""A title by a model, where the operator names one (CHAT_TITLE_MODEL): asked for once, after the
first answer succeeded. A visitor's own title is never replaced, and a title moves nothing.
"""

import logging
import re
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from chatapp import notifications, prompting
from chatapp.models import Conversation, Message, Naming
from predictions.inputs import InvalidInput
from predictions.models import Prediction, Version

logger = logging.getLogger(__name__)

SAME = "same"  # the model that answers in the conversation
LONGEST = 60
LONGEST_LINE = 500  # characters of one, with its markup, that are looked at
MOST_WORDS = 12
MOST_OF_A_TURN = 2000  # characters of it that the model is shown
WITHIN = timedelta(hours=1)  # after which an answer that was missed is left with its first words
BATCH = 20

REQUEST = (
    "Write a title for this conversation: two to six words, in the language of the question. "
    "Answer with the title alone, without quotes.\n\nQuestion:\n{question}\n\nAnswer:\n{answer}"
)
THOUGHTS = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
LABEL = re.compile(r"^(?:title|标题|標題|titel|titre|título)\s*[:：]\s*", re.IGNORECASE)  # noqa: RUF001
MARKUP = re.compile(r"[*_`#~]{1,3}|^\s*(?:[-+>]|\d+\.)\s+|!?\[([^\]]*)\]\([^)]*\)")
QUOTES = " \t\"'“”„«»‘’「」『』《》.。:：;；,，"  # noqa: RUF001


def run_is_over(prediction_id: str, **kwargs) -> None:
    """What a run that is over means for titles: one is due, or one was written."""
    if naming := Naming.objects.filter(prediction=prediction_id).first():
        finish(naming)
    elif settings.CHAT_TITLE_MODEL:
        for answer in due().filter(prediction=prediction_id):
            begin(answer)


def step() -> int:
    """What was missed, as one of many steps; how many that were."""
    ended = Naming.objects.exclude(prediction=None)
    ended = ended.exclude(prediction__status__in=Prediction.RUNNING)
    namings = list(ended[:BATCH])
    for naming in namings:
        finish(naming)
    if not settings.CHAT_TITLE_MODEL:
        return len(namings)
    answers = list(due().filter(created_at__gt=timezone.now() - WITHIN)[:BATCH])
    return len(namings) + sum(begin(answer) for answer in answers)


def due():
    """First answers whose conversations have only their first words for a title."""
    return Message.objects.filter(
        prediction__status=Prediction.Status.SUCCEEDED,
        parent__parent=None,
        parent__role=Message.Role.USER,
        conversation__naming=None,
        conversation__is_renamed=False,
        conversation__is_temporary=False,
        conversation__deleted_at=None,
        conversation__forked_from=None,
    ).select_related("parent", "conversation", "prediction__version")


def begin(answer: Message) -> bool:
    """Ask for a title; whether this was the first to ask."""
    version = _version(answer)
    try:
        with transaction.atomic():
            naming = Naming.objects.create(conversation=answer.conversation)
            if version is not None:
                naming.prediction = version.predict(
                    _input(version, answer), source=Prediction.Source.WEB
                )
                naming.save(update_fields=["prediction"])
    except InvalidInput as error:
        logger.warning("%s cannot write titles: %s", version.model, error)
        Naming.objects.get_or_create(conversation=answer.conversation)
    except IntegrityError:
        return False  # another process was first, or the conversation is gone
    return True


def finish(naming: Naming) -> None:
    """Take the title, unless the visitor has given one; the prediction is not kept."""
    prediction = naming.prediction
    if prediction is None or prediction.is_running:
        return
    title = title_from(prediction.text) if prediction.status == "succeeded" else ""
    with transaction.atomic():
        if title:
            theirs = Conversation.objects.filter(id=naming.conversation_id, is_renamed=False)
            theirs.update(title=title)
            notifications.ring(naming.conversation)
        prediction.delete()


def title_from(text: str) -> str:
    """What a model gave as a title, made one: "" where there is none in it."""
    text = THOUGHTS.sub("", text[:20_000])
    lines = (_bare(line[:LONGEST_LINE]) for line in text.splitlines())
    line = next((line for line in lines if any(map(str.isalnum, line))), "")
    words = line.split()
    if len(words) > MOST_WORDS or len(line) > 2 * LONGEST:
        return ""  # an answer, or a refusal, and not a title
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1].rstrip()}…"


def _bare(line: str) -> str:
    line = MARKUP.sub(lambda match: match[1] or "", line)
    line = "".join(char for char in line if char.isprintable())
    return LABEL.sub("", " ".join(line.split()).strip(QUOTES)).strip(QUOTES)


def _version(answer: Message) -> Version | None:
    """The version that writes titles; None where there is none now."""
    named = settings.CHAT_TITLE_MODEL
    is_same = named == SAME
    version = (
        answer.prediction.version if is_same else Version.objects.streaming().enabled().named(named)
    )
    if version is None or not version.upstream.enabled:
        logger.warning("CHAT_TITLE_MODEL names %s, which is not to be had.", named)
        return None
    return version


def _input(version: Version, answer: Message) -> dict:
    request = REQUEST.format(
        question=answer.parent.body[:MOST_OF_A_TURN], answer=answer.body[:MOST_OF_A_TURN]
    )
    asked = Message(role=Message.Role.USER, text=request)
    return prompting.input_for(version, [asked])
