"""What follows when an answer has ended: open pages are told, and the queue goes on."""

from django.dispatch import receiver

from predictions.signals import run_over

from . import notifications
from .models import Conversation


@receiver(run_over)
def answer_ended(prediction_id: str, **kwargs) -> None:
    conversations = Conversation.objects.filter(deleted_at=None).select_related("version__model")
    conversation = conversations.filter(messages__prediction=prediction_id).first()
    if conversation:
        notifications.ring(conversation)
        conversation.go_on()
