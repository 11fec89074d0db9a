from predictions.models import Upstream
from predictions.operators.configuration import change_headers


def test_a_header_is_changed_and_forgotten_whatever_the_case_of_its_name():
    upstream = Upstream(headers={"X-Beta": "1", "X-Team": "a"})

    change_headers(upstream, {"x-beta": "2"})
    change_headers(upstream, {"x-TEAM": ""})

    assert upstream.headers == {"x-beta": "2"}
