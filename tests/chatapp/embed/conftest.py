import pytest
from django.test import Client
from django.urls import reverse

from chatapp.embed import tokens
from chatapp.models import EmbedSite, EmbedVisit

HOST = "https://shop.example"


@pytest.fixture
def site(version) -> EmbedSite:
    return EmbedSite.objects.create(name="Shop", origins=HOST, model=version.model)


@pytest.fixture
def visit(site) -> EmbedVisit:
    return EmbedVisit.objects.begin(site, host=HOST)


class Frame:
    """What a browser's frame asks, in the name of a visit, with no cookie."""

    def __init__(self, site: EmbedSite, visit: EmbedVisit | None = None) -> None:
        self.site = site
        self.client = Client(enforce_csrf_checks=True)
        self.headers = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
        if visit:
            self.carry(tokens.token(visit))

    def carry(self, token: str) -> None:
        self.headers["Authorization"] = f"Visitor {token}"

    def arrive(self, **fields: str):
        response = self.post("visit", **fields)
        if response.status_code == 200 and (token := response.json()["token"]):
            self.carry(token)
        return response

    def ask(self, text: str = "Hello", **how):
        return self.post("ask", text=text, **how)

    def post(self, name: str, *args, **fields: str):
        return self._checked(self.client.post(self.url(name, *args), fields, headers=self.headers))

    def get(self, name: str, *args, **query: str):
        return self._checked(self.client.get(self.url(name, *args), query, headers=self.headers))

    def url(self, name: str, *args) -> str:
        return reverse(f"embed_{name}", args=[self.site.key, *args])

    def _checked(self, response):
        assert not response.cookies
        assert response["Cache-Control"] == "private, no-store"
        return response


@pytest.fixture
def frame(site, visit) -> Frame:
    return Frame(site, visit)


@pytest.fixture
def stranger(site) -> Frame:
    """Whose visit has not begun."""
    return Frame(site)
