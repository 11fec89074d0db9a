"""A Cog server that cannot run: the visitor gets a sentence, the operator the reason."""

import asyncio

import pytest

from predictions.upstreams import Interrupted, UpstreamError, open_upstream
from predictions.upstreams.cog_health import ask_health

from .cog_servers import wrapped
from .listening import hear


@pytest.fixture
def broken(tmp_path):
    with wrapped("broken_setup.py", "Predictor", tmp_path, wait=False) as server:
        with pytest.raises(Exception, match="no weights here"):
            asyncio.run(server.ready())
        yield server.url


def test_a_setup_that_failed_is_a_sentence_and_its_log_is_for_the_operator(broken):
    error = hear("cog", broken, "predictor", {}).error

    assert (error.message, error.retryable) == ("The model could not be started.", False)
    assert "no weights here" in error.detail


def test_a_setup_that_failed_offers_no_model(broken):
    with pytest.raises(UpstreamError, match="could not be started") as caught:
        asyncio.run(open_upstream("cog", broken).models())

    assert "no weights here" in caught.value.detail


def test_a_worker_that_was_killed_is_not_taken_for_a_busy_one(tmp_path):
    crashing = tmp_path / "crashing.py"
    crashing.write_text(
        "import os, signal, time\nfrom cog import BasePredictor, ConcatenateIterator\n\n\n"
        "class Predictor(BasePredictor):\n"
        "    def predict(self, words: int = 0) -> ConcatenateIterator[str]:\n"
        "        for number in range(words):\n            yield f'word{number} '\n"
        "        time.sleep(0.05)\n        os.kill(os.getpid(), signal.SIGKILL)\n"
        "        yield 'never'\n"
    )
    with wrapped(str(crashing), "Predictor", tmp_path / "home") as server:
        first = hear("cog", server.url, "predictor", {"words": 2})
        second = hear("cog", server.url, "predictor", {})

    assert first.words == ["word0 ", "word1 "]
    assert isinstance(first.error, Interrupted)
    assert (second.error.message, second.error.retryable) == (
        "The model has stopped working.",
        True,
    )
    assert "UNHEALTHY" in second.error.detail


def test_a_predictors_own_complaint_is_for_the_operator(tmp_path):
    unwell = tmp_path / "unwell.py"
    unwell.write_text(
        "from cog import BasePredictor\n\n\nclass Predictor(BasePredictor):\n"
        "    def predict(self) -> str:\n        return ''\n\n"
        "    def healthcheck(self) -> bool:\n        return False\n"
    )
    with wrapped(str(unwell), "Predictor", tmp_path / "home") as server:
        health = asyncio.run(ask_health(server.url))

    assert not health.is_dead
    assert health.status == "UNHEALTHY"
    assert "returned False" in health.refusal().detail
