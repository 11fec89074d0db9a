"""What axe-core finds that hinders somebody: `expect_no_axe_violations(page)`."""

from functools import cache

from playwright.sync_api import Page

from tests.clients import javascript as node

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """rules => axe.run(document, { runOnly: rules, resultTypes: ["violations"] }).then(
  ({ violations }) => violations.flatMap(({ id, help, nodes }) => nodes.map(
    node => `${id}: ${help}: ${node.target.join(" ")}: ${node.html.slice(0, 160)}`)))"""
# Colours are taken as they are at rest, not half-way through fading in.
AT_REST = "() => Promise.allSettled(document.getAnimations().map(animation => animation.finished))"


def expect_no_axe_violations(page: Page) -> None:
    page.evaluate(AT_REST)
    page.evaluate(axe())
    violations = page.evaluate(RUN, RULES)
    assert violations == [], "\n".join(violations)


@cache
def axe() -> str:
    """Its script, from npm, as the lock file pins it."""
    node.install()
    return (node.HERE / "node_modules/axe-core/axe.min.js").read_text()
