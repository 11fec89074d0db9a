"""The page without scripts, in the pieces that are sent."""

import pytest
from django.contrib.auth.models import AnonymousUser

from chatapp.views.plain import _parts

from .conftest import end


@pytest.fixture
def request_(rf):
    request = rf.get("/")
    request.session, request.user = {"visitor": "mine"}, AnonymousUser()
    return request


def test_an_answer_that_ended_while_its_page_was_made_is_said_once(conversation, request_):
    answer = end(conversation.ask("Hello"), "Brooks", " babble.")

    before, _ = _parts(request_, [answer], answer)
    _, after = _parts(request_, [answer])

    assert "Hello" in before
    assert "Brooks" not in before, "its words are about to be streamed"
    assert "Brooks" not in after
