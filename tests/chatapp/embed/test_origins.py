"""Origins: exact ones, as browsers write them."""

import pytest
from django.core.exceptions import ValidationError

from chatapp.embed import origins


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://example.org", "https://example.org"),
        ("  https://EXAMPLE.org/  ", "https://example.org"),
        ("https://example.org:443", "https://example.org"),
        ("http://example.org:80/", "http://example.org"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("https://example.org:8443", "https://example.org:8443"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_an_origin_is_written_as_browsers_do(text, origin):
    assert origins.normalized(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        *("*", "https://*.example.org", "https://*", "null", "example.org", "//example.org"),
        *("https://", "https://example.org/shop", "https://example.org?a", "https://example.org#"),
        *(
            "ftp://example.org",
            "javascript:alert(1)",
            "https://user@example.org",
            "https://a b.org",
        ),
        *("https://example.org:99999", "https://example.org:x", "https://.org", "https://a..b"),
        *("https://example.org; frame-ancestors *", "https://example.org, https://evil.example"),
        *("https://exa'mple.org", "https://[::1", "https://-a.org", "'self'"),
    ],
)
def test_anything_else_is_refused_with_a_sentence(text):
    with pytest.raises(ValidationError) as refused:
        origins.validate(text)

    assert refused.value.messages[0].endswith(".")


def test_a_list_has_each_once_and_says_which_line_is_wrong():
    assert origins.listed("https://a.example\n\n https://A.example/\nhttps://b.example\n") == [
        "https://a.example",
        "https://b.example",
    ]
    with pytest.raises(ValueError, match=r"https://b\.example/x"):
        origins.listed("https://a.example\nhttps://b.example/x")


def test_no_list_is_longer_than_a_header_can_be():
    with pytest.raises(ValueError, match="51 origins; 50"):
        origins.listed("\n".join(f"https://{n}.example" for n in range(51)))
