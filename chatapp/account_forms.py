"""Django's forms of accounts, in the face of the site."""

from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, UserCreationForm
from django.utils.translation import gettext_lazy as _


class Faced:
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "field"


class LoginForm(Faced, AuthenticationForm):
    error_messages = AuthenticationForm.error_messages | {
        "invalid_login": _(
            "This name and this password do not belong together. Mind capital letters."
        ),
        "inactive": _("This account was switched off. Ask the operator of this site."),
    }


class SignUpForm(Faced, UserCreationForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].help_text = _("Letters, digits and @ . + - _, at most 150.")
        self.fields["password2"].help_text = ""
        self.fields["password2"].label = _("The password again")


class PasswordForm(Faced, PasswordChangeForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password2"].help_text = ""
        self.fields["new_password2"].label = _("The new password again")
