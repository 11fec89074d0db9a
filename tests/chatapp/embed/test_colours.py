"""A site's accent can be read, whatever it is."""

import pytest
from django.core.exceptions import ValidationError

from chatapp.embed import colours
from chatapp.models import EmbedSite

ACCENTS = ["#000000", "#ffffff", "#ffff00", "#1f6f8b", "#777777", "#ff0000", "#00ff88", "#e0e0ff"]


def test_contrast_is_counted_as_wcag_does():
    assert colours.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert colours.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("accent", ACCENTS)
def test_each_use_of_an_accent_has_enough_contrast(accent):
    theme = EmbedSite(accent=accent).theme

    assert colours.contrast(theme["on_accent"], theme["accent"]) >= 4.5
    assert colours.contrast(theme["on_light"], colours.LIGHT) >= 4.5
    assert colours.contrast(theme["on_dark"], colours.DARK) >= 4.5


def test_a_readable_accent_stays_as_it_is():
    assert EmbedSite(accent="#1f6f8b").theme["on_light"] == "#1f6f8b"


@pytest.mark.parametrize("text", ["red", "#fff", "#12345g", "#123456;}", "#123456\n", ""])
def test_only_a_colour_is_a_colour(text):
    with pytest.raises(ValidationError):
        colours.is_colour(text)
