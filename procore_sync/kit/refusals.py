"""A refusal is an answer, not a crash: a sentence that says what, why, who can cure it and where."""

import re
from typing import Any, ClassVar

from django.utils.translation import gettext_noop


class Refusal(Exception):
    """The operation was not done, and a sentence says why in the user's words.

    `sentence` is that one, `who` names the role that can cure it and `where` is the address of the place to do so;
    both may be empty.
    Pages and API turn it into `http_status` in one place each.

    The first sentence of a refusal's docstring and its `cure`, which says who puts it right and how, stand in the
    catalogue of errors that people read, at the anchor `code`: the name of the class unless it gives its own.
    Both are English here, `cure` marked with `gettext_noop`; the catalogue says them in the language of its reader.
    """

    http_status: ClassVar[int] = 409
    code: ClassVar[str] = "refused"
    cure: ClassVar[str] = gettext_noop("Whoever is named beside the sentence, where the link leads.")

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        cls.code = vars(cls).get("code") or re.sub(r"(?<=[a-z])(?=[A-Z])", "-", cls.__name__).lower()

    def __init__(self, sentence: str, *, who: str = "", where: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.who = who
        self.where = where


class NotAllowed(Refusal):
    """The person may not do this; somebody with the right can."""

    cure = gettext_noop("Somebody with the right does it; an administrator can grant it under People.")
    http_status = 403


class InvalidInput(Refusal):
    """What was given cannot be taken. Each sentence is given with its field.

    `errors` holds the sentences by the name of the field.
    """

    cure = gettext_noop("Whoever filled in the form corrects the field that is named; what was typed is still there.")
    http_status = 422

    def __init__(self, sentence: str, *, errors: dict[str, list[str]] | None = None) -> None:
        super().__init__(sentence)
        self.errors = errors or {}

    @property
    def further(self) -> list[str]:
        """The sentences of the fields that `sentence` does not say already."""
        return [one for sentences in self.errors.values() for one in sentences if one not in self.sentence]
