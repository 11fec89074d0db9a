"""The page of usage in Chromium, under the strict policy (the browser fixture checks it)."""

import re

import pytest
from playwright.sync_api import expect

from .axe import expect_nothing_hinders

PAGE = "/admin/chatapp/transcript/usage/"
FILL = """
from datetime import timedelta
from django.contrib.auth.models import User
from django.utils import timezone
from chatapp.models import UsageDay
from predictions.models import LanguageModel
model = LanguageModel.objects.first()
today = timezone.now().date()
for n in range(90):
    UsageDay.objects.create(
        day=today - timedelta(days=n), model=model, source="web", currency="USD",
        site="docs" if n % 3 else "", user=User.objects.first() if n % 5 == 0 else None,
        messages=n % 7 * 40 + 5, conversations=n % 7 * 9, errors=n % 4, stopped=n % 3,
        input_tokens=n * 4000, output_tokens=n * 1300, cost=n / 3, speeds=5, speed=100 + n,
        first_word_5=n, first_word_9=n % 6, first_word_13=1 if n % 9 == 0 else 0,
    )
"""


@pytest.fixture(scope="module")
def filled(server):
    server.shell(FILL)
    return server


@pytest.fixture
def admin(open_browser, filled):
    page = open_browser(accept_downloads=True)
    page.goto(f"{filled.url}/admin/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(filled.password)
    page.get_by_role("button", name="Log in").click()
    page.goto(filled.url + PAGE)
    return page


def test_numbers_are_charts_tables_and_files(admin, filled):
    expect(admin.get_by_role("img", name="Messages")).to_be_visible()
    expect(admin.get_by_role("img")).to_have_count(7)
    admin.get_by_role("link", name="90 days").click()
    admin.get_by_label("Site:").select_option("docs")
    admin.get_by_role("button", name="Show").click()

    expect(admin.get_by_role("link", name="90 days")).to_have_attribute("aria-current", "true")
    sites = admin.get_by_role("region", name="By site", exact=True)
    expect(sites.get_by_role("rowheader")).to_have_text(["docs"])
    with admin.expect_download() as download:
        admin.get_by_role("link", name=re.compile(r"CSV\W+By day")).click()
    assert len(download.value.path().read_text(encoding="utf-8-sig").splitlines()) == 91


def test_it_hinders_nobody(admin):
    expect_nothing_hinders(admin)

    assert admin.evaluate("document.documentElement.scrollWidth <= innerWidth")
