"""What is at the admin's addresses: one of each, with a word wherever one may be said."""

from dataclasses import dataclass

from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile

from chatapp.desk import audit, erasing
from chatapp.desk.people import Person
from chatapp.models import (
    Attachment,
    AuditEntry,
    Comment,
    Conversation,
    EmbedSite,
    ExpectedAnswer,
    Feedback,
    Flag,
    RetentionRule,
    Summary,
    Tag,
    Tagging,
    Transcript,
)
from predictions.models import (
    ApiToken,
    Deployment,
    File,
    LanguageModel,
    Prediction,
    Upstream,
    Version,
    WebhookDelivery,
    WebhookSecret,
)
from predictions.signals import run_over


def held(version: Version, word: str) -> Conversation:
    """A conversation of the visitor "mine", whose only answer failed half-way."""
    conversation = Conversation(visitor="mine", version=version)
    prediction = conversation.ask(f"Hello {word}").prediction
    Prediction.objects.filter(id=prediction.id).update(
        status="failed",
        output=[f"I know {word}"],
        logs=f"thoughts of {word}",
        error_detail=f"cannot read {word}",
        metrics={"time_to_first_word": 20},
        started_at=prediction.created_at,
        completed_at=prediction.created_at,
        webhook="https://example.com/",
    )
    run_over.send(None, prediction_id=prediction.id)
    return conversation


@dataclass
class Things:
    """`ids`: arguments by the name of an address, of a model, or of the argument."""

    ids: dict
    files: tuple

    def clear(self) -> None:
        for row in self.files:
            row.content.delete(save=False)


def of_each(conversation: Conversation, word: str) -> Things:
    owner = User.objects.create_user("owner")
    question, answer = conversation.messages.order_by("created_at")
    ApiToken.make(owner, "a token")
    file = File.keep(owner, SimpleUploadedFile("a.txt", b"a"), {})
    attachment = Attachment.objects.create(
        message=question,
        visitor="mine",
        name=f"{word[:100]}.txt",
        text=word,
        size=1,
        content=ContentFile(word.encode(), name="attachment-of-a-test"),
    )
    version = conversation.version
    Deployment.objects.create(owner=owner, name="d", version=version, input={})
    WebhookDelivery.objects.create(
        prediction=answer.prediction, event="completed", url="https://example.com/", host="x"
    )
    WebhookSecret.keys_of(owner)
    Feedback.objects.create(message=answer, is_good=False, comment=f"wrong {word}")
    Flag.objects.create(conversation=conversation, message=answer, reason=f"see {word}"[:200])
    Comment.objects.create(conversation=conversation, text=f"about {word}")
    ExpectedAnswer.objects.create(message=answer, text=f"not {word}")
    tag = Tag.objects.create(name="a tag")
    Tagging.objects.create(conversation=conversation, tag=tag)
    conversation.shares.create()
    audit.record(None, "read", conversation)
    RetentionRule.objects.create(days=1000)
    Group.objects.create(name="a group")
    site = EmbedSite.objects.create(name="a site")
    for rows in (Conversation.objects.filter(id=conversation.id), Summary.objects.all()):
        rows.update(site=site.name)
    erased = erasing.begin(Person(visitor="gone"), owner)
    erasing.work(erased, 5)
    rows = (
        *(
            AuditEntry,
            EmbedSite,
            Feedback,
            RetentionRule,
            Tag,
            Transcript,
            ApiToken,
            Deployment,
            File,
        ),
        *(LanguageModel, Prediction, Upstream, Version, WebhookDelivery, WebhookSecret, Group),
    )
    ids = {
        f"{row._meta.app_label}_{row._meta.model_name}": (row._base_manager.first().pk,)
        for row in rows
    }
    account, visitor, receipt = (owner.pk,), ("mine",), (erased.id,)
    ids |= {
        "auth_user": account,
        "auth_user_password_change": account,
        "app_list": ("chatapp",),
        "view_on_site": (ContentType.objects.get_for_model(Conversation).pk, conversation.pk),
        **dict.fromkeys(("desk_account", "desk_export_account", "desk_erase_account"), account),
        **dict.fromkeys(("desk_visitor", "desk_export_visitor", "desk_erase_visitor"), visitor),
        **dict.fromkeys(("desk_receipt", "desk_receipt_text", "desk_receipt_json"), receipt),
        "desk_redact": (answer.id,),
        # Arguments by their own names
        "message_id": answer.id,
        "conversation_id": conversation.id,
        "prediction_id": answer.prediction_id,
        "attachment_id": attachment.id,
        "site_id": site.pk,
        "id": conversation.id,
    }
    return Things(ids, (file, attachment))
