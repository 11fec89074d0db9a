"""Every address of the admin, and who may do what there: (GET, POST), by the address's name.

An address that is not here fails its test: say first who may open it. `None` is nobody, as 405.
"""

from collections.abc import Iterator

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from chatapp.admin import reviewing
from chatapp.admin.pages import CHANGE_EMBED, ERASE, EXPORT, REDACT, REVIEW, STOP, VIEW

# Of each model, what can be done with its rows in the admin at all, by superusers even:
# v(iew), a(dd), c(hange), d(elete).
MODELS = {
    "auth_group": "vacd",
    "auth_user": "vacd",
    "chatapp_auditentry": "v",
    "chatapp_embedsite": "vacd",
    "chatapp_feedback": "vd",
    "chatapp_retentionrule": "vacd",
    "chatapp_tag": "vacd",
    "chatapp_transcript": "vd",
    "predictions_apitoken": "vacd",
    "predictions_deployment": "vacd",
    "predictions_file": "vd",
    "predictions_languagemodel": "vacd",
    "predictions_prediction": "vd",
    "predictions_upstream": "vacd",
    "predictions_version": "vacd",
    "predictions_webhookdelivery": "vd",
    "predictions_webhooksecret": "vd",
}
STAFF = ""  # whoever may log in to the admin
PAGES = {
    "index": (STAFF, STAFF),
    "password_change": (STAFF, STAFF),
    "password_change_done": (STAFF, None),
    "autocomplete": ("nobody", None),  # without its parameters: see the test of it
    "jsi18n": (STAFF, None),
    "view_on_site": (STAFF, STAFF),
    "app_list": (STAFF, STAFF),
    "auth_user_password_change": ("auth.change_user", "auth.change_user"),
    "desk_people": (ERASE, None),
    "desk_account": (ERASE, None),
    "desk_visitor": (ERASE, None),
    "desk_export_account": (None, ERASE),
    "desk_export_visitor": (None, ERASE),
    "desk_erase_account": (None, ERASE),
    "desk_erase_visitor": (None, ERASE),
    "desk_receipt": (ERASE, None),
    "desk_receipt_text": (ERASE, None),
    "desk_receipt_json": (ERASE, None),
    "desk_redact": (REDACT, REDACT),
    "desk_inbox": (REVIEW, None),
    "desk_inbox_change": (None, REVIEW),
    "desk_live": (VIEW, None),
    "desk_watch": (VIEW, None),
    "desk_watched": (VIEW, None),
    "desk_waiting": (VIEW, None),
    "desk_stop": (None, (VIEW, STOP)),
    "desk_replay": (VIEW, None),
    "desk_replay_log": (VIEW, None),
    "desk_export": (EXPORT, EXPORT),
    "desk_export_progress": (EXPORT, None),
    "desk_usage": (VIEW, None),
    "desk_embed_pause": (None, CHANGE_EMBED),
    "desk_embed_secret": (CHANGE_EMBED, CHANGE_EMBED),
    "desk_text": (VIEW, None),
    "desk_file": (VIEW, None),
    **{f"desk_review_{verb}": (None, (VIEW, REVIEW)) for verb in reviewing.VERBS},
}
OPEN = {"login", "logout"}  # for everybody


def names() -> list[str]:
    """Of all addresses; not the redirects without a name, and the page for what is not there."""
    return sorted({pattern.name for pattern in patterns() if pattern.name} - OPEN)


def patterns() -> Iterator[URLPattern]:
    (root,) = (each for each in get_resolver().url_patterns if is_admin(each))
    yield from _under(root)


def is_admin(pattern) -> bool:
    return isinstance(pattern, URLResolver) and pattern.namespace == "admin"


def _under(resolver: URLResolver) -> Iterator[URLPattern]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from _under(each)
        else:
            yield each


def rule(name: str) -> tuple:
    """Who may GET and POST there: a permission each, or several that all are needed."""
    if name in PAGES:
        return PAGES[name]
    model, _, page = name.rpartition("_")
    assert model in MODELS, f"{name}: say in tests/chatapp/desk/matrix.py who may open it"
    label, _, short = model.partition("_")
    can = {letter: f"{label}.{verb}_{short}" for letter, verb in VERBS.items()}
    is_there = {letter: letter in MODELS[model] for letter in can}
    reading = can["v"]
    match page:
        case "changelist":
            return reading, reading
        case "history":
            return reading, reading
        case "change":
            return reading, can["c"] if is_there["c"] else NOBODY
    letter = page[0]
    return (can[letter],) * 2 if is_there[letter] else (NOBODY,) * 2


VERBS = {"v": "view", "a": "add", "c": "change", "d": "delete"}
NOBODY = "nobody"  # 403 for superusers, too


def address(name: str, things: dict) -> str:
    """`things` are arguments by the name of an address, of a model, or of the argument."""
    if name in things:
        return reverse(f"admin:{name}", args=things[name])
    model, _, page = name.rpartition("_")
    if model in things:
        args = things[model] if page in {"change", "delete", "history"} else ()
        return reverse(f"admin:{name}", args=args)
    (pattern,) = (each for each in patterns() if each.name == name)
    args = {each: things[each] for each in pattern.pattern.converters}
    return reverse(f"admin:{name}", kwargs=args)


def registered() -> set[str]:
    return {f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry}
