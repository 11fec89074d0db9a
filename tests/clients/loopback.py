"""schemathesis's hook: no webhook that it makes up leaves this machine."""

import schemathesis

NOBODY = "http://127.0.0.1:9/"


@schemathesis.hook
def before_call(context, case, kwargs) -> None:
    webhook = case.body.get("webhook") if isinstance(case.body, dict) else None
    if isinstance(webhook, str) and "://" in webhook:
        case.body["webhook"] = NOBODY
