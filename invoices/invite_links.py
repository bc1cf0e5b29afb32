"""The signed link in the mail of an invite. It opens the question to one person, signed in, until the due date."""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from invoices.models import Invite
from procore_sync.acceptance.models import Notice
from procore_sync.acceptance.notices import notice_to
from procore_sync.accounts.languages import speaking_to
from procore_sync.accounts.models import Membership, User
from procore_sync.accounts.personal_links import require_recipient
from procore_sync.kit.refusals import Refusal

_SALT = "invoices.invite_links"


class NoSuchInvite(Refusal):
    """The link of an invitation to bill is not one of ours, or was changed on its way."""

    cure = gettext_noop("The project manager sends the invitation again.")

    http_status = 404


class InviteReplaced(Refusal):
    """A newer e-mail asked the same question."""

    cure = gettext_noop("Answer from the newest e-mail.")


def token_of(invite: Invite) -> str:
    """The secret part of the link; sending the invite again makes another and ends this one."""
    return signing.dumps([invite.pk, invite.contact_id, invite.sent_at.isoformat()], salt=_SALT)


def mail_of(invite: Invite) -> Notice:
    """The mail that asks, to be saved in the transaction that sends the invite."""
    project = invite.period.project
    link = f"{settings.PUBLIC_URL}{reverse('invoices:invite_link', args=[token_of(invite)])}"
    context = {"invite": invite, "project": project, "company": project.company, "url": link}
    with speaking_to(invite.contact.user):
        said = {"project": project, "person": invite.sent_by}
        subject = gettext("%(project)s: %(person)s has invited you to bill") % said
        return notice_to(invite.contact, subject, render_to_string("mail/invite_to_bill.txt", context))


def invite_of(token: str, *, user: User, member: Membership | None) -> Invite:
    """The invite of the link, for its own contact alone; nothing of it is said to anybody else.

    `member` is the person in the company in which they work now.

    Raises:
        NoSuchInvite: it is no link of ours, or what it was for is gone.
        LinkOfAnother: it is not theirs, their access has ended, or they work in another company now.
        InviteReplaced: it was sent again since.
    """
    try:
        pk, contact, sent_at = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise NoSuchInvite(
            gettext("This is not a link of ours, or a part of it is missing. Copy it whole from the e-mail.")
        ) from error
    rows = Invite.objects.select_related(
        "period__project__erp", "commitment__company", "contact__user", "sent_by__user"
    )
    invite = rows.select_related("commitment__project__erp", "commitment__vendor__erp").filter(pk=pk).first()
    if invite is None or invite.contact_id != contact:
        raise NoSuchInvite(gettext("What this link was for is gone. Ask whoever sent the e-mail."))
    require_recipient(invite.contact, user=user, member=member)
    if invite.sent_at.isoformat() != sent_at:
        sentence = gettext(
            "This question has been sent to you again since. Use the link in the newer e-mail, or answer under Billing."
        )
        raise InviteReplaced(sentence, where=reverse("home"))
    return invite
