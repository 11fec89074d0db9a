"""What is said where something cannot be done now."""

from django.utils.translation import gettext as _


class AskRefused(Exception):
    """A turn was not taken, and nothing was kept. The text is a sentence for the visitor."""


class Gone(AskRefused):
    """The conversation was deleted meanwhile."""


class NotAvailable(AskRefused):
    """The model is gone, or where it ran was switched off."""

    def __init__(self, name: object) -> None:
        sentence = _("The model %(name)s is not available any more. Choose another.")
        super().__init__(sentence % {"name": str(name)[:200]})


class StillAnswering(AskRefused):
    """Another answer is being written: a turn may wait for its end."""
