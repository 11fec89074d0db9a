# ruff: noqa: F811 - fixtures
"""CHAT_HIDE_CONTENTS: admins see numbers, times and states, and no word that was said."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from chatapp.models import Conversation, Feedback
from predictions.models import Prediction
from tests.chatapp.conftest import end

from . import matrix
from .test_permissions import WORD, conversation, staff, things  # noqa: F401

pytestmark = pytest.mark.django_db


def test_with_the_switch_on_no_page_of_the_admin_shows_a_word_of_it(settings, things):
    settings.CHAT_HIDE_CONTENTS = settings.HIDE_CONTENTS = True
    client = staff(is_superuser=True)
    seen = []

    for name in matrix.names():
        url = matrix.address(name, things)
        for asked in (url, f"{url}?q={WORD[:5]}"):
            response = client.get(asked)
            if not response.streaming and WORD in response.content.decode():
                seen.append(name)

    assert seen == []


@pytest.mark.parametrize(
    ("source", "is_hiding", "is_shown"),
    [("api", False, True), ("api", True, False), ("web", False, False), ("web", True, False)],
)
def test_the_engine_shows_the_words_of_api_runs_alone(
    source, is_hiding, is_shown, version, admin_client, settings
):
    settings.HIDE_CONTENTS = is_hiding
    prediction = version.predict({"prompt": f"about {WORD}"}, source=source)
    Prediction.objects.update(
        status="failed",
        output=[f"of {WORD}"],
        logs=f"hm {WORD}",
        error="It failed.",
        error_detail=f"no {WORD}",
    )

    url = reverse("admin:predictions_prediction_change", args=[prediction.pk])
    page = admin_client.get(url).content.decode()

    assert page.count(WORD) == (4 if is_shown else 0)
    assert "It failed." in page


def test_a_search_does_not_tell_what_is_hidden(settings, admin_client, conversation):
    answer = conversation.messages.get(role="assistant")
    Feedback.objects.create(message=answer, is_good=False, comment=WORD)
    url = reverse("admin:chatapp_feedback_changelist")
    assert "result_list" in admin_client.get(url, {"q": WORD}).content.decode()

    settings.CHAT_HIDE_CONTENTS = True

    assert 'type="text"' not in admin_client.get(url).content.decode()


def test_the_owner_still_reads_everything(settings, version):
    settings.CHAT_HIDE_CONTENTS = settings.HIDE_CONTENTS = True
    ann = User.objects.create_user("ann")
    conversation = Conversation(owner=ann, version=version)
    end(conversation.ask(WORD), "Hi")
    client = Client()
    client.force_login(ann)

    assert WORD in client.get(conversation.get_absolute_url()).content.decode()
