"""Trying a model: a visitor's own predictions outside any conversation.

They belong to the account, or to the session of whoever is not logged in.
"""

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from predictions.models import Prediction, Version

from . import limits
from .models.answers import Answer
from .models.owned import whoever_asks

TRIED = "tried"  # the session's key for the ids of an anonymous visitor's predictions
MOST = 50


class Trial(Answer):
    """A prediction, as the page of its model shows it."""

    role = "assistant"

    def __init__(self, prediction: Prediction) -> None:
        self.prediction = prediction
        self.id = prediction.id

    def get_absolute_url(self) -> str:
        model = self.prediction.version.model
        page = reverse("model", args=[model.owner, model.name])
        return f"{page}?prediction={self.id}"

    @property
    def url(self) -> str:
        return reverse("trial", args=[self.id])

    @property
    def text_url(self) -> str:
        return reverse("trial_text", args=[self.id])

    @property
    def waiting_url(self) -> str:
        return reverse("trial_waiting", args=[self.id])

    @property
    def stop_url(self) -> str:
        return reverse("stop_trial", args=[self.id])

    @property
    def retry_url(self) -> str:
        return reverse("retry_trial", args=[self.id])


def begin(request: HttpRequest, version: Version, input: dict) -> Trial:
    """Ask `version` on behalf of whoever asks. Raises InvalidInput, or AskRefused."""
    asker = whoever_asks(request)
    owner = asker.get("owner")
    with transaction.atomic():
        prediction = version.predict(input, owner=owner, source=Prediction.Source.WEB)
        limits.spend(owner, asker.get("visitor", ""))
    if owner is None:
        tried = request.session.get(TRIED, [])
        request.session[TRIED] = [*tried, prediction.id][-MOST:]
    return Trial(prediction)


def mine(request: HttpRequest):
    """The predictions that whoever asks has tried models with; everybody else's do not exist."""
    is_mine = Q(owner=None, id__in=request.session.get(TRIED, []))
    if request.user.is_authenticated:
        is_mine |= Q(owner=request.user)
    tried = Prediction.objects.filter(is_mine, source=Prediction.Source.WEB, message=None)
    return tried.select_related(
        "version__model", "version__base__model", "version__upstream", "upstream"
    )
