"""The API's own page, in Chromium, under the site's Content-Security-Policy."""

from playwright.sync_api import Page, expect


def test_a_prediction_can_be_made_on_the_api_page(page: Page, server):
    page.goto(f"{server.url}/v1/docs")
    page.get_by_role("button", name="Authorize").click()
    dialog = page.locator(".modal-ux")
    dialog.get_by_role("textbox").fill(server.token)
    dialog.get_by_role("button", name="Apply credentials").click()
    dialog.get_by_role("button", name="Close").last.click()

    create = page.locator("#operations-Predictions-create_prediction")
    create.locator(".opblock-summary-control").click()
    create.get_by_role("button", name="Try it out").click()
    create.get_by_role("button", name="Execute").click()

    answer = create.locator(".live-responses-table")
    expect(answer).to_contain_text("201")
    expect(answer).to_contain_text(f"{server.url}/v1/streams/")


def test_the_api_page_says_what_every_call_does(page: Page, server):
    page.goto(f"{server.url}/v1/docs")

    expect(page.locator(".opblock")).to_have_count(len(operations(server)))
    assert all(each["summary"] for each in operations(server))


def operations(server) -> list[dict]:
    paths = server.get("/v1/openapi.json").json()["paths"]
    return [operation for path in paths.values() for operation in path.values()]
