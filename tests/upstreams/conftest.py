import pytest

from tests.servers import OpenAIServer


@pytest.fixture
def server():
    """A fresh OpenAI-compatible server for each test: its counts start at nought."""
    with OpenAIServer() as running:
        yield running
