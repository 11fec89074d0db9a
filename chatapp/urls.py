"""The addresses of the site (they are stable: people link to them)."""

from django.contrib import admin
from django.urls import path
from django.views.i18n import set_language

from predictions.api import api

from .health import healthz, metrics
from .views import (
    accounts,
    attachments,
    composing,
    demo_host,
    embed,
    feedback,
    language,
    library,
    models,
    plain,
    queue,
    sharing,
    tree,
    trials,
    turns,
    visits,
)
from .views import conversations as views

urlpatterns = [
    path("", views.new_chat, name="new_chat"),
    path("ask/", views.ask, name="ask"),
    path("c/<uuid:conversation_id>/", views.conversation, name="conversation"),
    path("c/<uuid:conversation_id>/live/", plain.live_conversation, name="live_conversation"),
    path("c/<uuid:conversation_id>/ask/", views.ask, name="ask_in"),
    path("c/<uuid:conversation_id>/state/", turns.state, name="state"),
    path("c/<uuid:conversation_id>/turns/", turns.some, name="turns"),
    path("c/<uuid:conversation_id>/before/<uuid:message_id>/", turns.before, name="before"),
    path("c/<uuid:conversation_id>/after/<uuid:message_id>/", turns.after, name="after"),
    path("queue/<uuid:turn_id>/edit/", queue.edit, name="edit_queued"),
    *(
        path(f"queue/<uuid:turn_id>/{verb}/", queue.change, {"verb": verb}, name=f"{verb}_queued")
        for verb in queue.VERBS
    ),
    path("c/<uuid:conversation_id>/options/", library.options, name="options"),
    path("c/<uuid:conversation_id>/rename/", library.rename, name="rename"),
    path("c/<uuid:conversation_id>/delete/", library.delete, name="delete_conversation"),
    path("c/<uuid:conversation_id>/undelete/", library.undelete, name="undelete"),
    path("c/<uuid:conversation_id>/export.md", library.export_markdown, name="export_markdown"),
    path("c/<uuid:conversation_id>/export.json", library.export_json, name="export_json"),
    path("c/<uuid:conversation_id>/share/", sharing.links, name="links"),
    path("c/<uuid:conversation_id>/share/<int:share_id>/revoke/", sharing.revoke, name="revoke"),
    *(
        path(f"c/<uuid:conversation_id>/{verb}/", library.change, {"verb": verb}, name=verb)
        for verb in library.VERBS
    ),
    path("conversations/", library.conversations, name="conversations"),
    path("archive/", library.archived, name="archived"),
    path("search/", library.find, name="search"),
    path("share/<str:token>/", sharing.shared, name="share"),
    path("share/<str:token>/continue/", sharing.go_on, name="share_continue"),
    path(
        "share/<str:token>/images/<uuid:attachment_id>/", sharing.shared_image, name="shared_image"
    ),
    path(
        "share/<str:token>/messages/<uuid:message_id>/",
        sharing.shared_message,
        name="shared_message",
    ),
    path(
        "share/<str:token>/messages/<uuid:message_id>/text/",
        sharing.shared_message_text,
        name="shared_message_text",
    ),
    path(
        "share/<str:token>/messages/<uuid:message_id>/waiting/",
        sharing.shared_message_waiting,
        name="shared_message_waiting",
    ),
    path("c/<uuid:conversation_id>/model/", composing.choose_model, name="choose_model"),
    path("model/", composing.choose_model, name="choose_first_model"),
    path("parameters/", composing.change_parameters, name="change_parameters"),
    path("presets/", composing.save_preset, name="save_preset"),
    path("presets/<int:preset_id>/use/", composing.use_preset, name="use_preset"),
    path("presets/<int:preset_id>/rename/", composing.rename_preset, name="rename_preset"),
    path("presets/<int:preset_id>/delete/", composing.delete_preset, name="delete_preset"),
    path("attachments/", attachments.upload, name="upload"),
    path("attachments/<uuid:attachment_id>/", attachments.attachment, name="attachment"),
    path("messages/<uuid:message_id>/", views.message, name="message"),
    path("messages/<uuid:message_id>/text/", views.message_text, name="message_text"),
    path("messages/<uuid:message_id>/waiting/", views.message_waiting, name="message_waiting"),
    path("messages/<uuid:message_id>/stop/", views.stop, name="stop"),
    path("messages/<uuid:message_id>/retry/", tree.retry, name="retry"),
    path("messages/<uuid:message_id>/continue/", tree.extend, name="extend"),
    path("messages/<uuid:message_id>/rewind/", tree.rewind, name="rewind"),
    path("messages/<uuid:message_id>/edit/", tree.edit, name="edit"),
    path("messages/<uuid:message_id>/show/", tree.show, name="show"),
    path("messages/<uuid:message_id>/fork/", tree.fork, name="fork"),
    path("messages/<uuid:message_id>/feedback/", feedback.feedback, name="feedback"),
    path("messages/<uuid:message_id>/code/curl/", feedback.message_curl, name="message_curl"),
    path("messages/<uuid:message_id>/code/python/", feedback.message_python, name="message_python"),
    path("host/", demo_host.demo_host, name="embed_demo"),
    path("embed.js", embed.loader, name="embed_loader"),
    path("embed/<str:key>/", embed.frame, name="embed"),
    path("embed/<str:key>/visit/", visits.arrive, name="embed_visit"),
    path("embed/<str:key>/ask/", visits.ask, name="embed_ask"),
    path("embed/<str:key>/new/", visits.leave, name="embed_new"),
    path("embed/<str:key>/end/", visits.end, name="embed_end"),
    path("embed/<str:key>/state/", visits.state, name="embed_state"),
    path("embed/<str:key>/turns/", visits.some, name="embed_turns"),
    path("embed/<str:key>/before/<uuid:message_id>/", visits.before, name="embed_before"),
    *(
        path(f"embed/<str:key>/messages/<uuid:message_id>/{end}", view, name=f"embed_{name}")
        for end, view, name in (
            ("", visits.message, "message"),
            ("text/", visits.message_text, "message_text"),
            ("waiting/", visits.message_waiting, "message_waiting"),
            ("stop/", visits.stop, "stop"),
            ("retry/", visits.retry, "retry"),
            ("feedback/", visits.feedback, "feedback"),
        )
    ),
    path("models/", models.models, name="models"),
    path("models/<str:owner>/<str:name>/", models.model, name="model"),
    path("models/<str:owner>/<str:name>/try/", trials.try_model, name="try_model"),
    path("models/<str:owner>/<str:name>/code/", models.code, name="model_code"),
    path("predictions/<str:prediction_id>/", trials.trial, name="trial"),
    path("predictions/<str:prediction_id>/text/", trials.trial_text, name="trial_text"),
    path("predictions/<str:prediction_id>/waiting/", trials.trial_waiting, name="trial_waiting"),
    path("predictions/<str:prediction_id>/stop/", trials.stop_trial, name="stop_trial"),
    path("predictions/<str:prediction_id>/retry/", trials.retry_trial, name="retry_trial"),
    path("login/", accounts.Login.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", accounts.Logout.as_view(), name="logout"),
    path("signup/", accounts.SignUp.as_view(), name="sign_up"),
    path("password/", accounts.Password.as_view(), name="password"),
    path("password/changed/", accounts.PasswordChanged.as_view(), name="password_changed"),
    path("language/", set_language, name="set_language"),
    path("words.js", language.words, name="words"),
    path("v1/", api.urls),
    path("healthz", healthz),
    path("metrics", metrics),
    path("admin/login/", accounts.Login.as_view()),
    path("admin/", admin.site.urls),
]
