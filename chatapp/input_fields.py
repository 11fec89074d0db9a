"""The fields of a model's input: one class for each type of JSON, text in and a value out."""

import json
import re
from json import JSONDecodeError

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from predictions.inputs import is_deeper

from .input_schemas import list_of

LEFT_OUT = object()  # what is not part of the input
DEEPEST = 50  # how deep a JSON value may be nested
LONG_TEXT = re.compile(r"prompt|text|message|system|content|template|instruction|document", re.I)
WHOLE_NUMBER = re.compile(r"[+-]?\d{1,400}")
NUMBER = re.compile(r"[+-]?(\d{1,400}(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?", re.I)


class Described(forms.BoundField):
    """Its ids are its place in the form: a name may be anything."""

    @property
    def auto_id(self) -> str:
        return f"input-{self.field.position}"


class InputField(forms.Field):
    """One input as text. `property` is its schema, resolved."""

    empty_values = [None, ""]

    def __init__(self, name: str, property: dict, *, position: int, is_required: bool) -> None:
        self.name, self.property, self.position = name, property, position
        self.is_required = is_required
        super().__init__(
            required=False,
            label=_text(property.get("title")) or name.replace("_", " ").capitalize(),
            help_text=_text(property.get("description")),
            widget=self.make_widget(),
            initial=self.shown_default,
        )
        self.widget.attrs |= {"class": "field", "autocomplete": "off"} | self.widget.attrs
        if is_required:
            self.widget.attrs["aria-required"] = "true"

    is_secret = False
    is_check = False
    shown_nothing: str | bool = ""

    @property
    def has_default(self) -> bool:
        return self.property.get("default") is not None

    @property
    def shown_default(self) -> str | bool:
        return self.shown(self.property["default"]) if self.has_default else self.shown_nothing

    @property
    def kind(self) -> str:
        """What it takes, in a word or a few."""
        if choices := list_of(self.property, "enum"):
            return _(" or ").join(json.dumps(value, ensure_ascii=False) for value in choices)
        return _text(self.property.get("type")) or _("any JSON")

    @property
    def limits(self) -> str:
        """The range of a number, in words."""
        least, most = self.property.get("minimum"), self.property.get("maximum")
        if least is not None and most is not None:
            return _("%(least)s to %(most)s") % {"least": least, "most": most}
        if least is not None:
            return _("%(least)s or more") % {"least": least}
        return _("%(most)s or less") % {"most": most} if most is not None else ""

    def make_widget(self) -> forms.Widget:
        return forms.TextInput()

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> Described:
        return Described(form, self, field_name)

    def clean(self, value: object) -> object:
        """The value that was typed, or LEFT_OUT. Raises ValidationError."""
        text = "" if value is None else str(value)
        if text:
            return self.read(text)
        if self.is_required:
            raise ValidationError(_("This cannot be left empty."))
        return self.nothing()

    def read_shown(self) -> object:
        """What the field says before anybody types."""
        try:
            return self.clean(self.initial)
        except ValidationError:
            return LEFT_OUT

    def nothing(self) -> object:
        return LEFT_OUT

    def read(self, text: str) -> object:
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def shown(self, value: object) -> str | bool:
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


class StringField(InputField):
    def make_widget(self) -> forms.Widget:
        default = self.property.get("default")
        is_long = LONG_TEXT.search(self.name) or "\n" in str(default)
        if self.property.get("format") == "uri":
            return forms.URLInput(attrs={"placeholder": "https://"})
        return forms.Textarea(attrs={"rows": 4}) if is_long else forms.TextInput()

    def nothing(self) -> object:
        """Where there is a default, an emptied field means no text."""
        return "" if self.property.get("default") else LEFT_OUT


class SecretField(InputField):
    is_secret = True

    def make_widget(self) -> forms.Widget:
        return forms.PasswordInput()

    @property
    def shown_default(self) -> str:
        return ""


class IntegerField(InputField):
    def make_widget(self) -> forms.Widget:
        return forms.NumberInput(attrs=_range(self.property) | {"step": 1})

    def read(self, text: str) -> int:
        if not WHOLE_NUMBER.fullmatch(text.strip()):
            raise ValidationError(_("Write a whole number."))
        return int(text)


class NumberField(InputField):
    def make_widget(self) -> forms.Widget:
        return forms.NumberInput(attrs=_range(self.property) | {"step": "any"})

    def read(self, text: str) -> float:
        text = text.strip()
        if not NUMBER.fullmatch(text) or abs(float(text)) == float("inf"):
            raise ValidationError(_("Write a number."))
        return int(text) if WHOLE_NUMBER.fullmatch(text) else float(text)


class CheckField(InputField):
    """A boolean that is always told: it has a default, or is needed."""

    is_check = True
    shown_nothing = False

    def make_widget(self) -> forms.Widget:
        return forms.CheckboxInput(attrs={"class": "check"})

    def clean(self, value: object) -> bool:
        return bool(value)

    def shown(self, value: object) -> bool:
        return bool(value)


class ChoiceField(InputField):
    """One of `choices`, told by its JSON: "1" is not 1."""

    @property
    def choices(self) -> list:
        return [value for value in self.property["enum"] if value is not None]

    def make_widget(self) -> forms.Widget:
        options = [(self.shown(value), self.label_of(value)) for value in self.choices]
        if not (self.is_required and self.has_default):
            nothing = _("Choose one") if self.is_required else _("As the model chooses")
            options.insert(0, ("", nothing))
        return forms.Select(choices=options)

    def read(self, text: str) -> object:
        for value in self.choices:
            if self.shown(value) == text:
                return value
        raise ValidationError(_("Choose one of the list."))

    def shown(self, value: object) -> str:
        return json.dumps(value)

    def label_of(self, value: object) -> str:
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


class YesNoField(ChoiceField):
    """A boolean that may be left to the model."""

    @property
    def choices(self) -> list:
        return [True, False]

    def label_of(self, value: object) -> str:
        return _("Yes") if value else _("No")


class JSONField(InputField):
    """A list, an object, or whatever the schema does not say."""

    def make_widget(self) -> forms.Widget:
        example = EXAMPLES.get(self.name) or EXAMPLES.get(self.property.get("type"), "")
        attrs = {"rows": 3, "placeholder": example, "spellcheck": "false"}
        return forms.Textarea(attrs=attrs | {"class": "field field--code"})

    def read(self, text: str) -> object:
        try:
            value = json.loads(text, parse_constant=_refuse_constant)
        except JSONDecodeError as error:
            raise ValidationError(_("This is not JSON: %s.") % error) from error
        except (RecursionError, ValueError) as error:
            raise ValidationError(_("This is not JSON that can be read.")) from error
        if is_deeper(value, DEEPEST):
            raise ValidationError(_("This is nested more than %s levels deep.") % DEEPEST)
        return value

    def shown(self, value: object) -> str:
        return json.dumps(value, ensure_ascii=False, indent=2)


EXAMPLES = {
    "messages": '[{"role": "user", "content": "Hello"}]',
    "array": '["one", "two"]',
    "object": '{"name": "value"}',
}
TYPES = {"string": StringField, "integer": IntegerField, "number": NumberField}


def field_for(name: str, property: dict, *, position: int, is_required: bool) -> InputField:
    """The field for an input; `property` is its schema, resolved."""
    kind, how = property.get("type"), {"position": position, "is_required": is_required}
    is_secret = property.get("format") == "password" or property.get("x-cog-secret")
    if list_of(property, "enum"):
        return ChoiceField(name, property, **how)
    if kind == "boolean":
        is_told = is_required or isinstance(property.get("default"), bool)
        return (CheckField if is_told else YesNoField)(name, property, **how)
    if kind == "string" and is_secret:
        return SecretField(name, property, **how)
    known = TYPES.get(kind, JSONField) if isinstance(kind, str) else JSONField
    return known(name, property, **how)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _range(property: dict) -> dict:
    limits = {"min": property.get("minimum"), "max": property.get("maximum")}
    return {name: value for name, value in limits.items() if isinstance(value, int | float)}


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON.")
