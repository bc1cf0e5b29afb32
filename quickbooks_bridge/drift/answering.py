"""One door for every answer, for the page and the API alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.utils.translation import gettext

from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import InvalidInput
from quickbooks_bridge.drift import answers, relinking
from quickbooks_bridge.drift.offers import Answering
from quickbooks_bridge.drift_models import Drift

_PLAIN: Final[dict[Answering, Callable[..., object]]] = {
    Answering.ACCEPT: answers.accept,
    Answering.SEND: answers.send_again,
    Answering.UNLINK: answers.unlink,
    Answering.IGNORE: answers.ignore,
    Answering.REOPEN: answers.reopen,
}


def give(card: Drift, answer: str, *, by: Membership, seen: str, note: str = "", to: str = "") -> None:
    """Give this answer to the card that `by` saw in the state `seen`.

    Raises:
        InvalidInput: there is no such answer, or what it needs is missing.
        Refusal: as the operation of the answer.
    """
    if answer not in list(Answering):
        sentence = gettext("Answer with one of %(answers)s.") % {"answers": ", ".join(Answering)}
        raise InvalidInput(sentence, errors={"answer": [sentence]})
    match answering := Answering(answer):
        case Answering.RELINK:
            relinking.relink(card, by=by, seen=seen, to=to, note=note)
        case Answering.FOLLOW:
            relinking.follow(card, by=by, seen=seen, into=to, note=note)
        case _:
            _PLAIN[answering](card, by=by, seen=seen, note=note)
