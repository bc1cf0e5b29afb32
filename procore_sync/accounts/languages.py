"""In which language somebody is spoken to: as they chose, else as their browser asks, else in English.

The API's answers are English whoever asks, and so is what is kept for all to read: journal, comments, documents.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation

from procore_sync.accounts.models import User

ENGLISH = "en"
_API = "/api/"


def is_api(request: HttpRequest) -> bool:
    """Whether a program asks, which is answered alike whoever it asks for."""
    return request.path.startswith(_API)


def is_spoken(language: str) -> bool:
    """Whether the console speaks it."""
    return language in dict(settings.LANGUAGES)


def language_of(request: HttpRequest) -> str:
    """The language in which the request is answered."""
    if is_api(request):
        return ENGLISH
    user = request.user
    if isinstance(user, User) and is_spoken(user.language):
        return user.language
    return translation.get_language_from_request(request)


def speaking_to(user: User) -> AbstractContextManager[None]:
    """Whatever is said in it is said to `user`, as in a mail: in their language, else in English."""
    return translation.override(user.language if is_spoken(user.language) else ENGLISH)
