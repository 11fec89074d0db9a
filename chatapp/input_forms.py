"""The form for a version's input, made from its schema, and what was typed in it as that input.

The schema is the version's own (OpenAPI 3 as Cog writes it), so titles, defaults and the rest are
a stranger's text: nothing here trusts it, and no secret that was typed is ever shown again.
"""

from functools import cached_property

from django import forms
from django.utils.translation import gettext as _

from predictions.inputs import InvalidField, InvalidInput
from predictions.models import Version

from .engine_words import in_their_language
from .input_fields import LEFT_OUT, InputField, JSONField, StringField, field_for
from .input_schemas import resolved

WHOLE = "input"  # the one field for a model that tells nothing of its input
LONGEST_COMPLAINT = 300
SAID = {"prompt", "messages"}  # a chat model wants one of them; its schema asks for neither
MASK = "your-{}"  # in code, where a secret was typed


class InputForm(forms.Form):
    """`version`'s form, filled with `data` as posted, or with `input` as it was asked before.

    A valid one has the input, checked, as `cleaned_input`.
    """

    cleaned_input: dict

    def __init__(self, version: Version, data=None, *, input: dict | None = None) -> None:
        super().__init__(data, prefix="input")
        self.version = version
        self.fields = self._fields()
        if input is not None:
            self._fill(input)

    @cached_property
    def is_whole(self) -> bool:
        schema = self.version.input_schema
        return schema.get("additionalProperties") is True and not schema.get("properties")

    @property
    def main_fields(self) -> list[forms.BoundField]:
        """What is asked first: what the model needs, or where it needs nothing the first input."""
        names = [name for name, field in self.fields.items() if field.is_required]
        return [self[name] for name in names or list(self.fields)[:1]]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        main = {each.name for each in self.main_fields}
        return [self[name] for name in self.fields if name not in main]

    @property
    def described(self) -> list[InputField]:
        """Every input, for the table of them."""
        return list(self.fields.values())

    @property
    def is_more_open(self) -> bool:
        """Whether something in there was changed, or is wrong."""
        return any(
            each.errors or each.value() not in (each.field.shown_default, None)
            for each in self.more_fields
        )

    @property
    def complaints(self) -> dict[str, str]:
        """The first complaint about each field, by the field's id on the page."""
        return {
            self[name].auto_id: errors[0]
            for name, errors in self.errors.items()
            if name in self.fields
        }

    @cached_property
    def secrets(self) -> set[str]:
        return {name for name, field in self.fields.items() if field.is_secret}

    @property
    def typed(self) -> dict:
        """The input as far as it could be read, for code to copy: secrets are masked, and what is
        to be written first is there."""
        if self.is_bound:
            self.is_valid()
            known = self.read
        else:
            known = {name: field.read_shown() for name, field in self.fields.items()}
        masks = {
            name: MASK.format(name)
            for name in self.secrets
            if self.fields[name].is_required or known.get(name, LEFT_OUT) is not LEFT_OUT
        }
        open_texts = {
            each.name: "" for each in self.main_fields if isinstance(each.field, StringField)
        }
        given = {name: value for name, value in known.items() if value is not LEFT_OUT}
        return self._assembled(open_texts | given | masks)

    def clean(self) -> dict:
        self.read = dict(self.cleaned_data)
        if set(self.fields) >= SAID and all(self.read.get(each) is LEFT_OUT for each in SAID):
            self.add_error("prompt", _("Write a prompt, or messages below."))
        try:
            self.cleaned_input = self._checked(self._assembled(self.read))
        except InvalidInput as error:
            self._complain(error.fields)
        return self.cleaned_data

    def _checked(self, input: object) -> dict:
        """Raises InvalidInput."""
        return self.version.clean_input(input)

    def _complain(self, complaints: list[InvalidField]) -> None:
        """Of the fields that could be read. What could not is missing from the input."""
        unread = set(self.errors)
        for complaint in complaints:
            name = self._name_of(complaint)
            if name not in unread and (name or not unread):
                self.add_error(name, self._sentence(name, complaint))

    def _fields(self) -> dict[str, InputField]:
        if self.is_whole:
            property = {
                "title": _("Input"),
                "description": _("This model tells nothing of its input. Write a JSON object."),
                "default": {"prompt": ""},
            }
            return {WHOLE: JSONField(WHOLE, property, position=0, is_required=True)}
        schema = self.version.input_schema
        components, needed = self.version.schema["components"], schema.get("required", [])
        properties = [
            (name, resolved(each, components))
            for name, each in schema.get("properties", {}).items()
        ]
        properties.sort(key=lambda named: _order(named[1]))
        return {
            name: field_for(name, each, position=position, is_required=name in needed)
            for position, (name, each) in enumerate(properties)
        }

    def _fill(self, input: dict) -> None:
        for name, field in self.fields.items():
            if self.is_whole:
                field.initial = field.shown(input)
            elif not field.is_secret:
                field.initial = field.shown(input[name]) if name in input else field.shown_nothing

    def _assembled(self, read: dict) -> object:
        if self.is_whole:
            return {} if read.get(WHOLE, LEFT_OUT) is LEFT_OUT else read[WHOLE]
        return {name: value for name, value in read.items() if value is not LEFT_OUT}

    def _name_of(self, complaint: InvalidField) -> str | None:
        """The field that `input.<name>…` means; names may have dots themselves."""
        path = complaint.field.removeprefix("input").removeprefix(".")
        found = [name for name in self.fields if f"{path}.".startswith(f"{name}.")]
        return WHOLE if self.is_whole else max(found, key=len, default=None)

    def _sentence(self, name: str | None, complaint: InvalidField) -> str:
        if name in self.secrets:  # the complaint may quote what was typed
            return _("This is not as the model wants it.")
        sentence = in_their_language(complaint.description)
        if len(sentence) > LONGEST_COMPLAINT:
            sentence = f"{sentence[:LONGEST_COMPLAINT]}…"
        return sentence


def _order(property: dict) -> float:
    order = property.get("x-order")
    return order if isinstance(order, int | float) else float("inf")
