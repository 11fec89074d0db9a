"""What a visitor has comes along to the account they log in to: all of it, or nothing."""

from functools import partial

from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.dispatch import receiver

from predictions import bus
from predictions.models import Prediction

from .models import Attachment, Conversation, Preset, Spent, Summary
from .models.owned import VISITOR
from .trials import TRIED

THEIRS = (Conversation, Attachment, Preset, Spent)


@receiver(user_logged_in)
def bring_along(request, user, **kwargs) -> None:
    """Whichever way they log in. The view's transaction holds the login itself, too."""
    visitor = request.session.get(VISITOR)
    with transaction.atomic():
        if visitor:
            adopt(visitor, user)
        Prediction.objects.filter(owner=None, id__in=request.session.get(TRIED, [])).update(
            owner=user
        )
    request.session.pop(VISITOR, None)
    request.session.pop(TRIED, None)


def adopt(visitor: str, user) -> None:
    conversations = Conversation.objects.filter(owner=None, visitor=visitor)
    Prediction.objects.filter(owner=None, message__conversation__in=conversations).update(
        owner=user
    )
    for kind in THEIRS:
        kind.objects.adopt(visitor, user)
    Summary.objects.filter(conversation__owner=user).update(is_anonymous=False)
    # Pages that are still open in other tabs listen there.
    transaction.on_commit(partial(bus.ring, f"visitor:{visitor}"))
