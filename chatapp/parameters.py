"""What a conversation is asked with besides its turns: the system prompt and the parameters.

They are part of a version's input (`Conversation.input`), of which only what differs from the
defaults is kept. Before there is a conversation, the session keeps them until the first message.
"""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from chatapp.models import Conversation, Preset
from predictions.inputs import InvalidInput
from predictions.models import Version

from .enclosures import image_input
from .input_fields import InputField, StringField
from .input_forms import SAID, InputForm

PENDING = "parameters"  # the session's key for those of a chat that has not begun
SYSTEM = "system_prompt"


class ParameterForm(InputForm):
    """`version`'s inputs without what the turns themselves fill. Nothing has to be given here.

    Secrets are left out: what is kept in a conversation is shown again.
    """

    is_whole = False

    def _fields(self) -> dict[str, InputField]:
        taken = SAID | {image_input(self.version)}
        fields = {
            name: field
            for name, field in super()._fields().items()
            if name not in taken and not field.is_secret
        }
        for field in fields.values():
            field.is_required = False
            field.widget.attrs.pop("aria-required", None)
        return fields if SYSTEM in fields or not _is_spoken_to(self.version) else _system() | fields

    def _fill(self, input: dict) -> None:
        """What is not given is as the model's default says."""
        for name, value in input.items():
            if name in self.fields:
                self.fields[name].initial = self.fields[name].shown(value)

    def _checked(self, input: dict) -> dict:
        own = {SYSTEM: input[SYSTEM]} if input.get(SYSTEM) else {}
        checked = own | self.version.clean_input(input, is_partial=True)
        return {name: value for name, value in checked.items() if self._is_changed(name, value)}

    def takes(self, name: str, value: object) -> bool:
        try:
            return name in self.fields and bool(self._checked({name: value}))
        except InvalidInput:
            return False

    @property
    def is_changed(self) -> bool:
        """Whether anything differs from the defaults."""
        return any(
            each.value() not in (each.field.shown_default, None) for each in self.visible_fields()
        )

    def _is_changed(self, name: str, value: object) -> bool:
        return name in self.fields and value != self.fields[name].property.get("default")


def _system() -> dict[str, InputField]:
    """For a model without an input for it, to which it is said first."""
    property = {"title": _("System prompt"), "description": _("How the model should behave.")}
    property = {name: str(text) for name, text in property.items()}
    return {SYSTEM: StringField(SYSTEM, property, position=999, is_required=False)}


def _is_spoken_to(version: Version) -> bool:
    schema = version.input_schema
    return bool(SAID & set(schema.get("properties", {}))) or bool(
        schema.get("additionalProperties")
    )


def carried_over(version: Version, input: dict) -> tuple[dict, list[str]]:
    """What of `input` that version knows too, and the names of what it does not."""
    form = ParameterForm(version)
    kept = {name: value for name, value in input.items() if form.takes(name, value)}
    return kept, [name.replace("_", " ") for name in input if name not in kept]


def input_of(request: HttpRequest, conversation: Conversation | None) -> dict:
    return conversation.input if conversation else request.session.get(PENDING, {})


def keep(request: HttpRequest, conversation: Conversation | None, input: dict) -> None:
    if conversation:
        conversation.input = input
        conversation.save(update_fields=["version", "input"])
    elif input:
        request.session[PENDING] = input
    else:
        request.session.pop(PENDING, None)


def panel(
    request: HttpRequest,
    conversation: Conversation | None,
    version: Version | None,
    *,
    preset: Preset | None = None,
    form: ParameterForm | None = None,
) -> dict:
    """What the composer and its panel show."""
    if version and form is None:
        input = preset.input if preset else input_of(request, conversation)
        form = ParameterForm(version, input=carried_over(version, input)[0])
    return {
        "parameters": form,
        "presets": Preset.objects.for_request(request).select_related("model"),
        "preset": preset,
        "max_file_bytes": settings.CHAT_MAX_FILE_BYTES,
        "sees_images": bool(version and image_input(version)),
    }
