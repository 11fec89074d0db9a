"""What is done when something was said.

Texts are indexed when sent, answers when ended; then open pages are told, and the queue goes on.
The review desk's summaries follow whatever they tell of.
"""

from django.db.models.signals import post_delete, post_save

from chatapp import notifications, search, titles
from chatapp.desk import audit, summaries, usage
from chatapp.models import Conversation, Feedback, Flag, Message, Transcript
from predictions.signals import run_over


def begin() -> None:
    post_save.connect(message_was_sent, sender=Message, dispatch_uid="index what was sent")
    # First of all: a title's prediction is deleted as soon as the title is taken.
    run_over.connect(usage.run_is_over, dispatch_uid="count what was used")
    run_over.connect(answer_has_ended, dispatch_uid="index what was answered")
    run_over.connect(conversation_goes_on, dispatch_uid="ring, and ask what waits")
    run_over.connect(titles.run_is_over, dispatch_uid="titles")
    run_over.connect(answer_is_summed_up, dispatch_uid="sum up what was answered")
    post_save.connect(conversation_has_changed, sender=Conversation, dispatch_uid="sum it up")
    for sender in (Conversation, Transcript):  # a proxy's own signal
        post_delete.connect(conversation_is_gone, sender=sender, dispatch_uid=f"forget {sender}")
    for sender in (Feedback, Flag):
        for signal in (post_save, post_delete):
            signal.connect(judged, sender=sender, dispatch_uid=f"sum up {sender.__name__}")


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


def answer_is_summed_up(prediction_id: str, **kwargs) -> None:
    there = Message.objects.filter(prediction=prediction_id)
    summaries.renew(there.values_list("conversation", flat=True))


def conversation_has_changed(instance: Conversation, raw: bool = False, **kwargs) -> None:
    """Each turn ends in a save of its conversation; so do deleting it and having it back."""
    if not raw:
        summaries.renew([instance.id])


def conversation_is_gone(instance: Conversation, **kwargs) -> None:
    audit.forget_title(instance.id)


def judged(instance: Feedback | Flag, raw: bool = False, origin=None, **kwargs) -> None:
    """Not where it is deleted with what it was about."""
    begun_here = origin is None or getattr(origin, "model", type(origin)) is type(instance)
    if not raw and begun_here:
        summaries.renew([_conversation_of(instance)])


def _conversation_of(judgement: Feedback | Flag):
    if isinstance(judgement, Flag):
        return judgement.conversation_id
    return judgement.message.conversation_id
