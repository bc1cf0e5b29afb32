"""A mailed link that serves one person, signed in, as a member of the company from which they got it."""

from __future__ import annotations

from django.utils.translation import gettext, gettext_noop

from procore_sync.accounts.models import Membership, User
from procore_sync.kit.refusals import NotAllowed


class LinkOfAnother(NotAllowed):
    """The link was sent to somebody else, or to the person as a member of a company other than the one in use now."""

    cure = gettext_noop(
        "Sign in as the person whom the e-mail was sent to, or ask the project manager for an invitation of your own."
    )


def require_recipient(contact: Membership, *, user: User, member: Membership | None) -> None:
    """Go on only if the link that was sent to `contact` is opened by them; `member` is that person where they work now.

    Raises:
        LinkOfAnother: it is not theirs, their access has ended, or they work in another company now.
    """
    if contact.user_id != user.pk:
        if not user.memberships.filter(company_id=contact.company_id).exists():
            raise LinkOfAnother(
                gettext("This link is from a company that you do not belong to. It was sent to somebody else.")
            )
        raise LinkOfAnother(gettext("This link was sent to somebody else. Sign in as the person who got the e-mail."))
    if not contact.is_active:
        raise LinkOfAnother(
            gettext("Your access to the company that sent this link has ended. Ask whoever sent the e-mail.")
        )
    if member is None or member.pk != contact.pk:
        raise LinkOfAnother(
            gettext(
                "You got this link from %(company)s, and you are working in another company now. Change the "
                "company in the menu of your name, then open the link again."
            )
            % {"company": contact.company}
        )
