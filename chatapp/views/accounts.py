"""Accounts: logging in, signing up, another password."""

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.views import (
    LoginView,
    LogoutView,
    PasswordChangeDoneView,
    PasswordChangeView,
    RedirectURLMixin,
)
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView
from limits import RateLimitItem, RateLimitItemPerMinute

from chatapp.account_forms import LoginForm, PasswordForm, SignUpForm
from chatapp.limits import address_of
from predictions.api import throttling

# How often one address may try: each name, or to make accounts, or one account its old password.
LOGINS = RateLimitItemPerMinute(10, 5, "logins")
SIGN_UPS = RateLimitItemPerMinute(20, 60, "signups")
PASSWORDS = RateLimitItemPerMinute(10, 5, "passwords")
LONGEST_NAME = 150


class Limited:
    """Refuses a form that is sent too often, before it is looked at."""

    limit: RateLimitItem

    @property
    def who(self) -> str:
        """Who tries, beside the address."""
        return ""

    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        tried = f"{address_of(request)} {self.who}"
        is_admitted, *_ = throttling.counts().count(self.limit, tried)
        return super().post(request, *args, **kwargs) if is_admitted else self._too_often()

    def _too_often(self) -> HttpResponse:
        minutes = self.limit.multiples
        told = ngettext(
            "That was tried too often. Try again in %(n)s minute.",
            "That was tried too often. Try again in %(n)s minutes.",
            minutes,
        )
        form_class, kwargs = self.get_form_class(), self.get_form_kwargs()
        form = form_class(**kwargs | {"data": None, "files": None, "initial": self._kept()})
        response = self.render_to_response(
            self.get_context_data(form=form, sentence=told % {"n": minutes}), status=429
        )
        response.headers["Retry-After"] = str(minutes * 60)
        return response

    def _kept(self) -> dict:
        return {"username": self.request.POST.get("username", "")[:LONGEST_NAME]}


@method_decorator(transaction.atomic, name="form_valid")
class Login(Limited, LoginView):
    """In one transaction with what comes along (see `chatapp.accounts`)."""

    limit = LOGINS
    form_class = LoginForm
    template_name = "registration/login.html"

    @property
    def who(self) -> str:
        return self.request.POST.get("username", "")[:LONGEST_NAME].casefold()

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(may_sign_up=settings.CHAT_SIGN_UP, **kwargs)


class Logout(LogoutView):
    """With a new CSRF token, as at login: by it a page that the browser kept knows of either."""

    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        rotate_token(request)
        return super().post(request, *args, **kwargs)


@method_decorator([sensitive_post_parameters(), never_cache], name="dispatch")
@method_decorator(transaction.atomic, name="form_valid")
class SignUp(Limited, RedirectURLMixin, FormView):
    """A new account, which is logged in at once. Only where the operator wants it."""

    limit = SIGN_UPS
    form_class = SignUpForm
    template_name = "registration/signup.html"
    next_page = "new_chat"

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not settings.CHAT_SIGN_UP:
            raise Http404("Nobody can sign up here.")
        if request.user.is_authenticated:
            return redirect(self.get_success_url())
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: SignUpForm) -> HttpResponse:
        login(self.request, form.save())
        return HttpResponseRedirect(self.get_success_url())

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(next=self.get_redirect_url(), **kwargs)


class Password(Limited, PasswordChangeView):
    limit = PASSWORDS
    form_class = PasswordForm
    template_name = "registration/password.html"
    success_url = reverse_lazy("password_changed")

    @property
    def who(self) -> str:
        return str(self.request.user.pk)

    def _kept(self) -> dict:
        return {}


class PasswordChanged(PasswordChangeDoneView):
    template_name = "registration/password_changed.html"
