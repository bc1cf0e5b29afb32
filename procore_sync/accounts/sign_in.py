"""How people sign in: by invitation only, here or through the company's own identity provider (docs/accounts.md)."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import SignupClosedException
from allauth.core.internal.httpkit import get_client_ip
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base import AuthProcess
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext

from procore_sync.accounts.languages import is_spoken, speaking_to
from procore_sync.accounts.middleware import ENDS_AT, NOWHERE, SESSION_KEY
from procore_sync.accounts.models import Membership, User
from procore_sync.kit.refusals import Refusal

logger = logging.getLogger(__name__)
#: Where mails leave whose sending would tell by its time whether somebody has the address.
_LATER = ThreadPoolExecutor(max_workers=2, thread_name_prefix="mail")
#: In the session of somebody who has just taken up an invitation: the address under which they sign in.
JOINED = "joined_as"


class InvitedOnly(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Nobody signs up on their own: an administrator invites."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign them in, to the first of their companies: the session names it, so none takes its place unnoticed."""
        super().login(request, user)
        request.session[ENDS_AT] = timezone.now().timestamp() + settings.SESSION_COOKIE_AGE
        first = Membership.objects.filter(user=user, is_active=True).first()
        # Who belongs to none is in none, so that the first that lets them in is named once they come into it.
        request.session.setdefault(SESSION_KEY, first.company_id if first else NOWHERE)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Where a forgotten password is set anew: at the console's own address, under whichever name that was asked."""
        return f"{settings.PUBLIC_URL}{urlsplit(super().get_reset_password_from_key_url(key)).path}"

    def get_client_ip(self, request: HttpRequest) -> str:
        """The network address from which somebody asks, by which tries are counted.

        Raises:
            Refusal: it cannot be told, so the limit on tries could not hold.
        """
        try:
            address: str | None = get_client_ip(request)
        except ImproperlyConfigured:  # fewer proxies have named an address than there should be
            address = None
        if address:
            return address
        logger.error(
            "Nobody can sign in: a request names no network address that can be read. TRUSTED_PROXIES is %s; "
            "X-Forwarded-For is %r, REMOTE_ADDR is %r. Set TRUSTED_PROXIES to the number of proxies before the web "
            "server, and let each add the address it is asked from to X-Forwarded-For.",
            settings.TRUSTED_PROXIES,
            request.headers.get("X-Forwarded-For", ""),
            request.META.get("REMOTE_ADDR", ""),
        )
        told = gettext(
            "The console cannot tell from which network address you ask, so it cannot limit wrong passwords and lets "
            "nobody sign in. The operator sets up the proxy or TRUSTED_PROXIES; the log says what is missing."
        )
        raise Refusal(told, who="operator")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail about signing in, under the console's own name and address. While none can leave, what it tells
        of stands all the same, and whoever is signed in reads so; who is not reads what they would read of an address
        that nobody knows, and no later.
        """
        told = {"request": self.request, "email": email, "current_site": Console(), **context}
        with _speaking_to(told.get("user") or self.request.user):
            message = self.render_mail(template_prefix, email, told)
        if not self.request.user.is_authenticated:
            _LATER.submit(_sent, message, template_prefix)
        elif not _sent(message, template_prefix) and email == self.request.user.email:
            said = gettext(
                "What you did is done. The e-mail that tells you of it could not be sent: the operator sets up "
                "the mail server."
            )
            messages.warning(self.request, said)


class Console:
    """How the console names itself in a mail, whatever it was called in the request that causes it."""

    name: Final = "Sync console"

    @property
    def domain(self) -> str:
        """Where it stands."""
        return str(settings.PUBLIC_URL)


def _speaking_to(person: object) -> AbstractContextManager[None]:
    """In the language that `person` has chosen, else in that of the page."""
    chosen = isinstance(person, User) and is_spoken(person.language)
    return speaking_to(person) if isinstance(person, User) and chosen else nullcontext()


def _sent(message: EmailMessage, template_prefix: str) -> bool:
    try:
        message.send()
    except OSError:  # every fault of SMTP is one
        logger.exception("A mail did not leave: %s", template_prefix)
        return False
    return True


class InvitedOnlyElsewhere(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Whom the identity provider vouches for comes in only if an administrator invited that very address."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Never."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Tie a first sign-in to the invited person, if the provider says that the address is verified.

        Raises:
            SignupClosedException: somebody who is signed in would tie another address to themselves.
        """
        if sociallogin.is_existing:
            return
        invited = invited_person([address.email for address in sociallogin.email_addresses if address.verified is True])
        if invited is not None:
            sociallogin.connect(request, invited)
        elif sociallogin.state.get("process") == AuthProcess.CONNECT:
            raise SignupClosedException


def invited_person(verified_addresses: list[str]) -> User | None:
    """The person whom an administrator invited under one of these addresses, or None."""
    addresses = [address.lower() for address in verified_addresses]
    invited = Membership.objects.filter(user__email__in=addresses, user__is_active=True, is_active=True)
    membership = invited.select_related("user").first()
    return membership.user if membership else None


class SealedSecrets(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Secrets of second factors are stored encrypted, under the first of TOKEN_KEYS."""

    def encrypt(self, text: str) -> str:
        """`text` for the database."""
        return _keys().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """What `encrypt` was given; any of TOKEN_KEYS opens it.

        Raises:
            Refusal: none of them does.
        """
        try:
            return _keys().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            logger.error("A second factor cannot be read with the keys in TOKEN_KEYS.")
        told = gettext(
            "Your second factor cannot be read with the keys in TOKEN_KEYS, so no code from it is accepted. The "
            "operator puts the key back that it was sealed with, or removes your second factor so that you can set "
            "up another."
        )
        raise Refusal(told, who="operator")


def seal_anew() -> list[str]:
    """Seal the secrets of all second factors with the first of TOKEN_KEYS; whose cannot be read and stay as they are.

    A security key has none: what is kept of it is public.
    """
    unread = []
    for pk in Authenticator.objects.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().select_related("user").filter(pk=pk).first()
            if row and not _sealed_anew(row):
                unread.append(str(row.user))
    return list(dict.fromkeys(unread))


def _sealed_anew(row: Authenticator) -> bool:
    try:
        sealed = {name: _keys().rotate(row.data[name].encode()).decode() for name in _SEALED if name in row.data}
    except InvalidToken:
        return False
    if sealed:
        row.data = {**row.data, **sealed}
        row.save(update_fields=["data"])
    return True


#: What is sealed of an authenticator app, and of recovery codes.
_SEALED = ("secret", "seed")


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.TOKEN_KEYS])
