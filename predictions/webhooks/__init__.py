"""Webhooks: the outbox, and the courier that takes signed messages to their receivers.

At least once for `completed`, at most once for the rest. Each message is the prediction as it is
when the message goes out.
"""

from .addresses import InvalidURL, check_url

__all__ = ["InvalidURL", "check_url"]
