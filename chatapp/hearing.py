"""What is done when something was said: texts are indexed when sent, answers when ended."""

from django.db.models.signals import post_save

from chatapp import search, titles
from chatapp.models import Message
from predictions.signals import run_over


def begin() -> None:
    post_save.connect(message_was_sent, sender=Message, dispatch_uid="index what was sent")
    run_over.connect(answer_has_ended, dispatch_uid="index what was answered")
    run_over.connect(titles.run_is_over, dispatch_uid="titles")


def message_was_sent(instance: Message, created: bool, raw: bool = False, **kwargs) -> None:
    is_new = created and not raw and instance.role == Message.Role.USER
    if is_new and not instance.conversation.is_temporary:
        search.index([instance])


def answer_has_ended(prediction_id: str, **kwargs) -> None:
    search.index(search.missed().filter(prediction=prediction_id))
