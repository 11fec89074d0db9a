"""What a visitor thought of an answer: a thumb, and why."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Feedback(models.Model):
    class Reason(models.TextChoices):
        WRONG = "wrong", _("Not correct")
        UNHELPFUL = "unhelpful", _("Did not help")
        IGNORED = "ignored", _("Did not do what was asked")
        STYLE = "style", _("Tone or style")
        UNSAFE = "unsafe", _("Harmful or offensive")
        OTHER = "other", _("Something else")

    message = models.OneToOneField("Message", models.CASCADE, related_name="feedback")
    is_good = models.BooleanField()
    reason = models.CharField(max_length=16, choices=Reason.choices, blank=True)
    comment = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "feedback"

    def __str__(self) -> str:
        return "good" if self.is_good else f"bad: {self.get_reason_display() or 'no reason'}"
