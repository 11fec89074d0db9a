"""What a visitor is told when a turn is not taken."""


class AskRefused(Exception):
    """A turn was not taken, and nothing was kept. The text is a sentence for the visitor."""
