"""The mailed link by which an invited person sets a password. It serves once and ends after a week."""

from __future__ import annotations

from datetime import timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core import signing
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext, gettext_noop

from procore_sync.accounts.languages import speaking_to
from procore_sync.accounts.models import Membership, User
from procore_sync.kit.refusals import Refusal
from procore_sync.kit.text import filled

VALID_FOR = timedelta(days=7)
_SALT = "procore_sync.accounts.invitations"


class MailFailed(Refusal):
    """The membership stands, but its e-mail could not be sent."""

    cure = gettext_noop(
        "The operator sets up the mail server; an administrator then sends the invitation again under People."
    )


def token_for(membership: Membership) -> str:
    """The secret part of the link for `membership`."""
    return signing.dumps([membership.pk, _stamp(membership.user)], salt=_SALT)


def invited_by(token: str) -> Membership | None:
    """The membership whose invitation this is, or None if it is no link of ours, too old, used or withdrawn."""
    try:
        pk, stamp = signing.loads(token, salt=_SALT, max_age=VALID_FOR)
    except (signing.BadSignature, ValueError):
        return None
    membership = Membership.objects.select_related("user", "company").filter(pk=pk, is_active=True).first()
    if membership is None or membership.user.has_usable_password() or stamp != _stamp(membership.user):
        return None
    return membership


def _stamp(user: User) -> str:
    # The stored password is part of it, so that setting one ends every link sent before.
    return salted_hmac(_SALT, f"{user.pk}:{user.password}:{user.email}").hexdigest()[:32]


def send(membership: Membership, *, by: Membership | None) -> None:
    """Mail the link, or to a person who has a password already, that they have been added.

    Raises:
        Refusal: the person was shut out, so no link would let them in.
        MailFailed: the mail did not leave; it can be sent again from the page of people.
    """
    if not membership.is_active:
        told = gettext("%(person)s was shut out, so no e-mail was sent. Let %(person)s in again first, under People.")
        raise Refusal(filled(told, {"person": membership}), who="administrator", where=reverse("accounts:people"))
    known = membership.user.has_usable_password()
    address = reverse("account_login") if known else reverse("accounts:invitation", args=[token_for(membership)])
    context = {"membership": membership, "by": by, "known": known, "url": f"{settings.PUBLIC_URL}{address}"}
    with speaking_to(membership.user):
        subject = gettext("You are invited to the sync console of %(company)s") % {"company": membership.company}
        body = render_to_string("mail/invitation.txt", context)
    try:
        # A name that the operator gave may have line breaks, which no header takes.
        send_mail(" ".join(subject.split()), body, None, [membership.user.email])
    except (OSError, SMTPException) as error:
        said = gettext(
            "%(email)s is invited, but the e-mail could not be sent: %(error)s. Send the invitation again under People."
        )
        told = said % {"email": membership.user.email, "error": error}
        raise MailFailed(told, who="operator", where=reverse("accounts:people")) from error
