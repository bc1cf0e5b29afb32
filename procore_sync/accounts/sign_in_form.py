"""The forms to sign in with and to ask for a new password; allauth imports them when its own forms are ready."""

from __future__ import annotations

import time
from typing import Any, Final

from allauth.account.forms import LoginForm, ResetPasswordForm
from django.http import HttpRequest

from procore_sync.accounts.sign_in import JOINED


class SignInForm(LoginForm):  # type: ignore[misc]  # allauth has no types
    """A person who comes from their invitation finds the address there that they were invited under, once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        request = kwargs.get("request")
        super().__init__(*args, **kwargs)
        if request and not self.is_bound:
            self.initial["login"] = request.session.pop(JOINED, None)


class ForgottenForm(ResetPasswordForm):  # type: ignore[misc]  # allauth has no types
    """Who asks for a new password is answered after the same time, whether or not somebody has the address."""

    #: Longer than it takes to write a mail; it leaves later, see `InvitedOnly.send_mail`.
    LEAST_SECONDS: Final = 0.3

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Write the mail, if there is somebody to read it."""
        began = time.monotonic()
        email = str(super().save(request, **kwargs))
        time.sleep(max(0.0, self.LEAST_SECONDS - (time.monotonic() - began)))
        return email
