"""What the next message is asked with: the model, the system prompt and parameters, presets."""

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chatapp import catalogue
from chatapp.forms import PresetForm
from chatapp.models import AskRefused, Conversation, Preset
from chatapp.models.owned import whoever_asks
from chatapp.models.refusals import NotAvailable
from chatapp.parameters import ParameterForm, carried_over, input_of, keep, panel
from predictions.models import Version

from .pages import chat_page, conversation_of, wants_json

MOST_PRESETS = 100


@chat_page
@require_POST
def choose_model(request: HttpRequest, conversation_id=None) -> HttpResponse:
    conversation = find_conversation(request, conversation_id)
    input = _input(request, conversation)
    try:
        version = chosen(request, conversation, request.POST.get("model", ""))
    except AskRefused as error:
        return _refused(request, conversation, str(error))
    return _changed(request, conversation, version, input)


@chat_page
@require_POST
def change_parameters(request: HttpRequest) -> HttpResponse:
    conversation = find_conversation(request, request.POST.get("conversation"))
    try:
        version = chosen(request, conversation, request.POST.get("model", ""))
    except AskRefused as error:
        return _refused(request, conversation, str(error))
    if "reset" in request.POST or version is None:
        return _changed(request, conversation, version, {})
    form = ParameterForm(version, request.POST)
    if form.is_valid():
        return _changed(request, conversation, version, form.cleaned_input)
    sentence = _("Some parameters are not as the model wants them; they are marked.")
    return _refused(request, conversation, sentence, form=form)


@chat_page
@require_POST
def save_preset(request: HttpRequest) -> HttpResponse:
    """The model and parameters of now, under a name; the same name is the same preset."""
    conversation = find_conversation(request, request.POST.get("conversation"))
    form = PresetForm(request.POST)
    if not form.is_valid():
        return _refused(request, conversation, form.sentence)
    mine = Preset.objects.for_request(request)
    preset = mine.filter(name=form.cleaned_data["name"]).first()
    if preset is None and mine.count() >= MOST_PRESETS:
        sentence = _("There are %(most)s presets, which is the most. Delete one first.")
        return _refused(request, conversation, sentence % {"most": MOST_PRESETS})
    try:
        version = chosen(request, conversation, request.POST.get("model", ""))
    except AskRefused as error:
        return _refused(request, conversation, str(error))
    preset = preset or Preset(name=form.cleaned_data["name"], **whoever_asks(request))
    preset.model = version and version.model
    preset.input = _input(request, conversation)
    preset.save()
    return _changed(request, conversation, version, preset.input)


@chat_page
@require_POST
def use_preset(request: HttpRequest, preset_id: int) -> HttpResponse:
    conversation = find_conversation(request, request.POST.get("conversation"))
    preset = _preset(request, preset_id)
    try:
        version = chosen(request, conversation, str(preset.model or ""))
    except AskRefused as error:
        return _refused(request, conversation, str(error))
    return _changed(request, conversation, version, preset.input)


@chat_page
@require_POST
def rename_preset(request: HttpRequest, preset_id: int) -> HttpResponse:
    conversation = find_conversation(request, request.POST.get("conversation"))
    preset, form = _preset(request, preset_id), PresetForm(request.POST)
    if not form.is_valid():
        return _refused(request, conversation, form.sentence)
    preset.name = form.cleaned_data["name"]
    preset.save(update_fields=["name"])
    return _shown(request, conversation)


@chat_page
@require_POST
def delete_preset(request: HttpRequest, preset_id: int) -> HttpResponse:
    _preset(request, preset_id).delete()
    return _shown(request, find_conversation(request, request.POST.get("conversation")))


def find_conversation(request: HttpRequest, id) -> Conversation | None:
    """The visitor's conversation of that id; None without one."""
    if not id:
        return None
    try:
        return conversation_of(request, id)
    except ValidationError as error:
        raise Http404 from error


def chosen(request: HttpRequest, conversation: Conversation | None, name: str) -> Version | None:
    """Have that model answer from here on; "" is the one that does already, or the default.

    Raises AskRefused where it is not there any more.
    """
    choices = catalogue.versions()
    if name and name not in choices:
        raise NotAvailable(name)
    if name and name != request.session.get(catalogue.CHOSEN):
        request.session[catalogue.CHOSEN] = name
    version = conversation and conversation.version
    if name and (version is None or str(version.model) != name):
        version = choices[name]
    elif version is None:
        version = catalogue.default(choices, request.session.get(catalogue.CHOSEN))
    if conversation and conversation.version != version:
        conversation.version = version
        conversation.input = carried_over(version, conversation.input)[0]
    return version


def _preset(request: HttpRequest, preset_id: int) -> Preset:
    presets = Preset.objects.for_request(request).select_related("model")
    return get_object_or_404(presets, id=preset_id)


def _input(request: HttpRequest, conversation: Conversation | None) -> dict:
    """What is asked with now: as a link's preset says, where the page was opened by one."""
    id = request.POST.get("preset", "")
    if id.isdecimal() and len(id) < 18 and conversation is None:
        return _preset(request, int(id)).input
    return input_of(request, conversation)


def _changed(
    request: HttpRequest, conversation: Conversation | None, version: Version | None, input: dict
) -> HttpResponse:
    """`input` holds from here on, as far as the version knows it."""
    kept, dropped = carried_over(version, input) if version else ({}, [])
    keep(request, conversation, kept)
    sentence = _("%(model)s does not know: %(names)s. That was left out.")
    named = {"model": version and version.model, "names": ", ".join(dropped)}
    return _shown(request, conversation, version, sentence % named if dropped else "")


def _shown(
    request: HttpRequest,
    conversation: Conversation | None,
    version: Version | None = None,
    sentence: str = "",
) -> HttpResponse:
    if not wants_json(request):
        return redirect(conversation or "new_chat")
    version = version or chosen(request, conversation, "")
    return JsonResponse(_facts(request, conversation, version) | {"sentence": sentence})


def _refused(
    request: HttpRequest,
    conversation: Conversation | None,
    sentence: str,
    *,
    form: ParameterForm | None = None,
) -> HttpResponse:
    if wants_json(request):
        errors = form.complaints if form else {}
        return JsonResponse({"detail": sentence, "errors": errors}, status=422)
    from .conversations import page_of  # which shows what this changes

    shown = {"form": form} if form else {}
    return page_of(request, conversation, status=422, sentence=sentence, **shown)


def _facts(
    request: HttpRequest, conversation: Conversation | None, version: Version | None
) -> dict:
    context = panel(request, conversation, version) | {
        "conversation": conversation,
        "model": str(version.model) if version else "",
    }
    return {
        "model": context["model"],
        "sees_images": context["sees_images"],
        "is_changed": bool(version) and context["parameters"].is_changed,
        "parameters": render_to_string("partials/_parameters.html", context, request),
    }
