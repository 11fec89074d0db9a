"""What the engine tells a visitor, in the visitor's language.

It keeps its sentences in English: they are stored with a prediction, and whoever reads them may
speak anything. All of them are listed here (a test compares), with a %s where a value is.
"""

import re
from functools import cache
from itertools import chain

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

SENTENCES = (
    _("A model there is named owner/name, or owner/name:version."),
    _("An image must be a data: URI with base64, or an https URL."),
    _("Max tokens must be more than the thinking budget."),
    _("Something went wrong on our side; the server's log has the details."),
    _("The answer as it came is not the one that the model's server has kept."),
    _("The answer grew past %s MiB and was stopped."),
    _("The answer took longer than %s minutes."),
    _("The answer was cut off before its end."),
    _("The answer was interrupted: the server stopped while it was being written."),
    _("The conversation is too long for this model."),
    _("The input needs a prompt or messages."),
    _("The key is a token of Rivulet's own, so it was not sent to Replicate."),
    _("The key of the model's server cannot be read."),
    _("The model could not be started."),
    _("The model describes its input in a way that is broken."),
    _("The model does not take this input."),
    _("The model failed after %s words, as it was asked to."),
    _("The model failed while it was running."),
    _("The model has stopped working."),
    _("The model is busy with another prediction."),
    _("The model is busy: %s other predictions are before this one."),
    _("The model is busy: another prediction is before this one."),
    _("The model is starting."),
    _("The model is still starting."),
    _("The model is thinking."),
    _("The model was silent for %s seconds."),
    _("The model's address cannot be used."),
    _("The model's server answered with a web page."),
    _("The model's server answered with something that cannot be understood."),
    _("The model's server asks for payment first."),
    _("The model's server could not be reached."),
    _("The model's server did not accept the request."),
    _("The model's server does not know this model."),
    _("The model's server failed."),
    _("The model's server gave no answer."),
    _("The model's server has not answered yet, and is asked again."),
    _("The model's server is busy. Try again in a moment."),
    _("The model's server refused our key."),
    _("The model's server reported an error."),
    _("The model's server sent us elsewhere."),
    _("The prediction was canceled at the model's server."),
    _("The prediction was stopped before the model had started."),
    _("The server stopped %s times before the first word; please try again."),
    _("This model takes images as data: URIs, not as links."),
    # What is wrong with an input.
    _("Must be greater than or equal to %s"),
    _("Must be less than or equal to %s"),
    _("%s is required"),
    _("%s must be of type %s"),
    _("%s must be one of the following: %s"),
    # What kinds of upstreams are called.
    _("Cog server"),
    _("Demo (built in)"),
    _("OpenAI-compatible server"),
    _("Replicate, or another Rivulet"),
)


def in_their_language(sentence: str) -> str:
    """As it is, where it is none of ours: an upstream may have said it."""
    for pattern, template in _patterns():
        if found := pattern.fullmatch(sentence):
            pieces, values = gettext(template).split("%s"), [*found.groups(), ""]
            return "".join(chain.from_iterable(zip(pieces, values, strict=True)))
    return sentence


@cache
def _patterns() -> list[tuple[re.Pattern, str]]:
    return [
        (re.compile(re.escape(sentence).replace("%s", "(.+)")), sentence) for sentence in SENTENCES
    ]
