"""Whom a host's server vouches for: a short JWT, signed with the site's secret (RFC 7519, HS256).

It must have `sub` (at most 200 characters), `exp` (at most ten minutes ahead) and `jti`; each is
good for one visit. It says who somebody is, and opens nothing that was said before: whatever a
script on the host's page can get hold of must not.
"""

from datetime import UTC, datetime, timedelta

import jwt
from django.utils.translation import gettext as _

from chatapp.models import EmbedSite, UsedIdentity
from predictions.keyring import Undecipherable

LONGEST = timedelta(minutes=10)
LEEWAY = timedelta(seconds=30)  # for clocks that differ
CLAIMS = ("sub", "exp", "jti")


class NotVouchedFor(Exception):
    """A sentence for the visitor; `why` is for whoever made the page."""

    def __init__(self, why: str) -> None:
        super().__init__(_("This page could not say who you are. Reload it, and try again."))
        self.why = why


def subject_of(site: EmbedSite, text: str, *, known: str = "") -> str:
    """Who it is. Somebody who is `known` already may show an identity again, used or expired; any
    other can be shown once. Raises NotVouchedFor."""
    claims = _claims(site, text)
    subject, jti = claims["sub"], claims["jti"]
    if not (is_name(subject) and is_name(jti)):
        raise NotVouchedFor("sub and jti must be texts of 1 to 200 printable characters")
    if subject == known:
        return subject
    now, end = datetime.now(UTC), datetime.fromtimestamp(int(claims["exp"]), UTC)
    if end + LEEWAY <= now:
        raise NotVouchedFor("it has expired")
    if end > now + LONGEST + LEEWAY:
        raise NotVouchedFor("exp must be at most ten minutes ahead")
    if not UsedIdentity.use(site, jti, end + LEEWAY):
        raise NotVouchedFor("its jti was used before")
    return subject


def is_name(claim: object) -> bool:
    return isinstance(claim, str) and 0 < len(claim) <= 200 and claim.isprintable()


def _claims(site: EmbedSite, text: str) -> dict:
    try:
        secrets = site.secrets
    except Undecipherable as error:
        raise NotVouchedFor("the site's secret cannot be read") from error
    why = "it is not signed with the site's secret"
    for secret in secrets:
        try:
            return jwt.decode(
                text, secret, ["HS256"], options={"require": CLAIMS, "verify_exp": False}
            )
        except jwt.InvalidSignatureError:
            continue
        except jwt.InvalidTokenError as error:
            why = str(error)
    raise NotVouchedFor(why)
