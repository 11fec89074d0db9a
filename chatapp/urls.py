"""The addresses of the site (they are stable: people link to them)."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import path
from django.views.i18n import set_language

from predictions.api import api

from .health import healthz, metrics
from .views import accounts, language, models, trials
from .views import conversations as views

urlpatterns = [
    path("", views.new_chat, name="new_chat"),
    path("ask/", views.ask, name="ask"),
    path("c/<uuid:conversation_id>/", views.conversation, name="conversation"),
    path("c/<uuid:conversation_id>/ask/", views.ask, name="ask_in"),
    path("c/<uuid:conversation_id>/model/", views.choose_model, name="choose_model"),
    path("c/<uuid:conversation_id>/delete/", views.delete_conversation, name="delete_conversation"),
    path("messages/<uuid:message_id>/", views.message, name="message"),
    path("messages/<uuid:message_id>/text/", views.message_text, name="message_text"),
    path("messages/<uuid:message_id>/waiting/", views.message_waiting, name="message_waiting"),
    path("messages/<uuid:message_id>/stop/", views.stop, name="stop"),
    path("messages/<uuid:message_id>/retry/", views.retry, name="retry"),
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
    path("logout/", LogoutView.as_view(), name="logout"),
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
