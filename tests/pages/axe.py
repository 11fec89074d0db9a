"""What axe-core finds that hinders somebody: `expect_no_axe_violations(page)`."""

from functools import cache

from playwright.sync_api import Page

from tests.clients import javascript as node

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
# Without a look into style sheets ahead: of a frame's it makes some of its own, against our policy.
RUN = """rules => axe.run(document, {
  runOnly: rules, resultTypes: ["violations"], preload: false
}).then(
  ({ violations }) => violations.flatMap(({ id, help, nodes }) => nodes.map(
    node => `${id}: ${help}: ${node.target.join(" ")}: ${node.html.slice(0, 160)}`)))"""
# Colours are taken as they are at rest, not half-way through fading in.
AT_REST = "() => Promise.allSettled(document.getAnimations().map(animation => animation.finished))"
# What is half beneath the composer can be scrolled out; axe takes it for a small target.
UNCOVERED = """() => document.querySelector(".dock")?.style.setProperty("position", "static")"""


def expect_nothing_hinders(page: Page, widths=(1280, 390)) -> None:
    """At each width, in light; in dark what depends on colours."""
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        for scheme, rules in (("light", RULES), ("dark", COLOURS)):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            expect_no_axe_violations(page, rules)


def expect_no_axe_violations(page: Page, rules: list[str] = RULES) -> None:
    page.evaluate(UNCOVERED)
    page.evaluate(AT_REST)
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(axe())
    violations = page.evaluate(RUN, rules)
    assert violations == [], "\n".join(violations)


@cache
def axe() -> str:
    """Its script, from npm, as the lock file pins it."""
    node.install()
    return (node.HERE / "node_modules/axe-core/axe.min.js").read_text()


def as_if_found(route) -> None:
    """The page that says what is not there; Chromium would complain of its status."""
    route.fulfill(response=route.fetch(), status=200)
