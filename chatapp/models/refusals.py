"""What is said where something cannot be done now."""


class AskRefused(Exception):
    """A turn was not taken, and nothing was kept. The text is a sentence for the visitor."""


class Gone(AskRefused):
    """The conversation was deleted meanwhile."""


class StillAnswering(AskRefused):
    """Another answer is being written: a turn may wait for its end."""
