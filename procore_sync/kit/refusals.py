"""A refusal is an answer, not a crash: a sentence that says what, why, who can cure it and where."""

from typing import ClassVar


class Refusal(Exception):
    """The operation was not done, and `sentence` says why in the user's words.

    `who` names the role that can cure it and `where` is the address of the place to do so; both may be empty.
    Pages and API turn it into `http_status` in one place each.
    """

    http_status: ClassVar[int] = 409

    def __init__(self, sentence: str, *, who: str = "", where: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.who = who
        self.where = where


class NotAllowed(Refusal):
    """The person may not do this; somebody with the right can."""

    http_status = 403


class InvalidInput(Refusal):
    """What was given cannot be taken; `errors` holds sentences by field name."""

    http_status = 422

    def __init__(self, sentence: str, *, errors: dict[str, list[str]] | None = None) -> None:
        super().__init__(sentence)
        self.errors = errors or {}
