"""What an older Rivulet kept is still there after an update."""

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from predictions.models import Prediction, WebhookSecret

BEFORE, AFTER = [[("predictions", name)] for name in ("0002_whole_api", "0003_any_model")]


def migrate(targets):
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    return executor.loader.project_state(targets).apps


@pytest.mark.django_db(transaction=True)
def test_webhook_secrets_are_encrypted_and_predictions_know_their_upstream():
    owner = get_user_model().objects.create_user("ann")
    old = migrate(BEFORE)
    upstream = old.get_model("predictions", "Upstream").objects.create(name="demo", kind="demo")
    model = old.get_model("predictions", "LanguageModel").objects.create(owner="a", name="b")
    version = model.versions.create(id="v", upstream=upstream)
    version.predictions.create(id="p", input={}, status="succeeded", owner_id=owner.id)
    old.get_model("predictions", "WebhookSecret").objects.create(owner_id=owner.id, key="whsec_a")

    migrate(AFTER)

    secret = WebhookSecret.objects.get()
    assert (secret.key, "whsec" in secret.encrypted_key) == ("whsec_a", False)
    assert Prediction.objects.get().upstream.name == "demo"
