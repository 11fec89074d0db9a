"""What is done when something was said.

Texts are indexed when sent, answers when ended; then open pages are told, and the queue goes on.
"""

from django.db.models.signals import post_save

from chatapp import notifications, search, titles
from chatapp.models import Conversation, Message
from predictions.signals import run_over


def begin() -> None:
    post_save.connect(message_was_sent, sender=Message, dispatch_uid="index what was sent")
    run_over.connect(answer_has_ended, dispatch_uid="index what was answered")
    run_over.connect(conversation_goes_on, dispatch_uid="ring, and ask what waits")
    run_over.connect(titles.run_is_over, dispatch_uid="titles")


def message_was_sent(instance: Message, created: bool, raw: bool = False, **kwargs) -> None:
    is_new = created and not raw and instance.role == Message.Role.USER
    if is_new and not instance.conversation.is_temporary:
        search.index([instance])


def answer_has_ended(prediction_id: str, **kwargs) -> None:
    search.index(search.missed().filter(prediction=prediction_id))


def conversation_goes_on(prediction_id: str, **kwargs) -> None:
    conversations = Conversation.objects.filter(deleted_at=None).select_related("version__model")
    conversation = conversations.filter(messages__prediction=prediction_id).first()
    if conversation:
        notifications.ring(conversation)
        conversation.go_on()
