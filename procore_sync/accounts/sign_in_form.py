"""The form to sign in with; allauth imports it when its own forms are ready."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm

from procore_sync.accounts.sign_in import JOINED


class SignInForm(LoginForm):  # type: ignore[misc]  # allauth has no types
    """Who comes from his invitation finds the address there that he was invited under, once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        request = kwargs.get("request")
        super().__init__(*args, **kwargs)
        if request and not self.is_bound:
            self.initial["login"] = request.session.pop(JOINED, None)
