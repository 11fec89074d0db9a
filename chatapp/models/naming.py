"""A title by a model: asked for once a conversation, and the prediction that writes it."""

from django.db import models
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone

from predictions.models import Prediction


class Naming(models.Model):
    """`prediction` is there as long as the title is being written, and not kept afterwards."""

    conversation = models.OneToOneField("Conversation", models.CASCADE, related_name="naming")
    prediction = models.OneToOneField(
        Prediction, models.SET_NULL, null=True, blank=True, related_name="naming"
    )
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"title of {self.conversation_id}"


@receiver(post_delete, sender=Naming)
def delete_its_prediction(instance: Naming, **kwargs) -> None:
    Prediction.objects.filter(id=instance.prediction_id).delete()
