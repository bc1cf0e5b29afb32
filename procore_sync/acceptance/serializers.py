"""What the API of the inbox takes and gives: a shape each, from the same objects as the pages."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from procore_sync.acceptance import comments, operations, piles, selectors
from procore_sync.acceptance.abouts import About
from procore_sync.acceptance.amount_rules import AmountRules
from procore_sync.acceptance.blockers import Cause, Held, HeldUp
from procore_sync.acceptance.courier import Check, Choice, Fact, LinkChange, LinkView, Posting
from procore_sync.acceptance.kinds import Summed, Sums
from procore_sync.acceptance.models import Attempt, ErpItem, Event, Notice, Submission, Turn
from procore_sync.acceptance.reviews import Change, LineChange, Review
from procore_sync.accounts.models import Membership
from procore_sync.kit.kinds import Kind
from procore_sync.kit.ticks import RowNumbers

Money = serializers.DecimalField


class ItemAnswer(serializers.ModelSerializer[ErpItem]):
    """A record on its way to the ledger, as a row of the inbox."""

    is_changed = serializers.BooleanField(read_only=True)
    project = serializers.CharField(source="project.label", read_only=True, default=None, allow_null=True)

    class Meta:
        model = ErpItem
        fields = [
            "id",
            "kind",
            "status",
            "label",
            "number",
            "amount",
            "project",
            "external_ref",
            "revision",
            "synced_revision",
            "is_changed",
            "differs",
            "status_changed_at",
        ]
        read_only_fields = fields


class ListedItemAnswer(ItemAnswer):
    """A row of the inbox, with the person who accepted its newest sending as the first of two, or null."""

    first_by = serializers.SerializerMethodField(
        help_text="Who accepted it first, where a second has to accept it too."
    )

    class Meta(ItemAnswer.Meta):
        fields = [*ItemAnswer.Meta.fields, "first_by"]
        read_only_fields = fields

    def get_first_by(self, item: ErpItem) -> str | None:
        """Their name, as `selectors.as_rows` has read it."""
        first = [str(one.first_by) for one in item.latest if one.first_by]  # type: ignore[attr-defined]  # by `as_rows`
        return first[0] if first else None


class FactAnswer(serializers.Serializer[Fact]):
    """A labelled value."""

    label = serializers.CharField()  # type: ignore[assignment]  # the word of the domain, as the page says it
    value = serializers.CharField(allow_blank=True)
    numeric = serializers.BooleanField()


class PostingAnswer(serializers.Serializer[Posting]):
    """What the ledger is to get."""

    entity = serializers.CharField()
    operation = serializers.ChoiceField(choices=["create", "update"])
    title = serializers.CharField(allow_blank=True)
    facts = FactAnswer(many=True)
    columns = serializers.ListField(child=serializers.CharField(allow_blank=True))
    lines = serializers.ListField(child=serializers.ListField(child=serializers.CharField(allow_blank=True)))
    total = Money(max_digits=14, decimal_places=2, allow_null=True)


class ChoiceAnswer(serializers.Serializer[Choice]):
    """A choice to make at acceptance."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the word of the domain, as the page says it
    options = serializers.ListField(child=serializers.ListField(child=serializers.CharField(allow_blank=True)))
    required = serializers.BooleanField()  # type: ignore[assignment]  # the same
    initial = serializers.CharField(allow_blank=True)


class CheckAnswer(serializers.Serializer[Check]):
    """A sentence for or against acceptance, and who can cure what it says."""

    level = serializers.ChoiceField(
        choices=["ok", "wait", "look", "stop"],
        help_text="`stop` makes acceptance impossible, `look` asks for a second glance, `wait` says what an accepted "
        "record waits for.",
    )
    sentence = serializers.CharField()
    who = serializers.CharField(
        allow_blank=True,
        help_text="Who can fix it; empty where there is nothing to fix, and where a second glance is all.",
    )
    url = serializers.CharField(allow_blank=True, help_text="Where it is cured, or what to look at.")


class OfferAnswer(serializers.Serializer[Any]):
    """An action, and why it cannot be done now, or null if it can."""

    action = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the word of the domain, as the page says it
    why_not = serializers.CharField(allow_null=True)
    along = serializers.SerializerMethodField(help_text="The records that could be sent together with it.")

    def get_along(self, offer: Any) -> list[int]:
        """Their numbers; empty where that is not all it lacks."""
        return [item.pk for item in offer.along]


class SendingAnswer(serializers.ModelSerializer[Submission]):
    """The newest sending of the record; `digest` is what acceptance has to name as seen. `first_by` has accepted it as
    the first of two approvers.
    """

    sent_by = serializers.CharField(read_only=True)
    first_by = serializers.CharField(read_only=True, allow_null=True)
    decided_by = serializers.CharField(read_only=True, allow_null=True)

    class Meta:
        model = Submission
        fields = [
            "id",
            "number",
            "revision",
            "digest",
            "sent_by",
            "sent_at",
            "first_by",
            "first_at",
            "decision",
            "decided_by",
            "decided_at",
            "comment",
            "work",
            "due_at",
            "reason",
            "cure_by",
        ]
        read_only_fields = fields


class AttemptAnswer(serializers.ModelSerializer[Attempt]):
    """One try at the ledger. `request_id` is the one that the ledger was given; a look was given none."""

    request_id = serializers.CharField(source="sent_under", read_only=True)

    class Meta:
        model = Attempt
        fields = [
            "number",
            "act",
            "request_id",
            "started_at",
            "finished_at",
            "outcome",
            "sentence",
            "http_status",
            "fault_code",
            "intuit_tid",
            "elapsed_ms",
        ]
        read_only_fields = fields


class EventAnswer(serializers.ModelSerializer[Event]):
    """A row of the journal."""

    by = serializers.CharField(read_only=True, allow_null=True)

    class Meta:
        model = Event
        fields = [
            "sequence",
            "item",
            "at",
            "by",
            "action",
            "from_status",
            "to_status",
            "comment",
            "detail",
            "previous_hash",
            "hash",
        ]
        read_only_fields = fields


class PersonAnswer(serializers.Serializer[Membership]):
    """Somebody who may see a record."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField(source="__str__")


class CommentAnswer(serializers.ModelSerializer[Event]):
    """What somebody said about a record, as it stands in the journal."""

    by = serializers.CharField(read_only=True)
    text = serializers.CharField(source="comment", read_only=True)
    mentioned = serializers.SerializerMethodField(help_text="The names of those who got a notice of it.")

    class Meta:
        model = Event
        fields = ["sequence", "at", "by", "text", "mentioned"]
        read_only_fields = fields

    def get_mentioned(self, event: Event) -> list[str]:
        """As they were called then."""
        return [one["name"] for one in event.detail.get("mentioned", [])]


class TalkAnswer(serializers.Serializer[comments.Talk]):
    """The comments on a record, oldest first, and who else may see it and can be named."""

    comments = CommentAnswer(many=True)
    people = PersonAnswer(many=True)


class Comment(serializers.Serializer[Any]):
    """What to say."""

    text = serializers.CharField(
        max_length=operations.LONGEST_COMMENT, help_text="Anyone named in it as @Name gets a notice."
    )
    notify = RowNumbers(required=False, max_length=500, help_text="The numbers of others of `people` who get a notice.")


class NoticeAnswer(serializers.ModelSerializer[Notice]):
    """What you were told in the console."""

    class Meta:
        model = Notice
        fields = ["id", "about", "item", "line", "path", "due_at", "read_at"]
        read_only_fields = fields


class ChannelAnswer(serializers.Serializer[Any]):
    """Where you are told of one kind of thing."""

    about = serializers.ChoiceField(choices=About.choices)
    in_console = serializers.BooleanField()
    by_mail = serializers.BooleanField()


class Choices(serializers.Serializer[Any]):
    """Where you want to be told of what."""

    choices = ChannelAnswer(many=True)


class MarkedAnswer(serializers.Serializer[Any]):
    """How many were unread until now."""

    read = serializers.IntegerField()


class LedgerLinkAnswer(serializers.Serializer[LinkView]):
    """The record's document in the ledger."""

    entity = serializers.CharField()
    remote_id = serializers.CharField()
    name = serializers.CharField()
    url = serializers.CharField()
    verified_at = serializers.DateTimeField(allow_null=True)
    health = serializers.CharField()
    told = serializers.CharField()


class TodayAnswer(serializers.Serializer[LinkChange]):
    """One value in which the frozen posting differs from one made now."""

    label = serializers.CharField()  # type: ignore[assignment]  # the word of the domain, as the page says it
    before = serializers.CharField(allow_blank=True)
    after = serializers.CharField(allow_blank=True)


class AmountRulesAnswer(serializers.Serializer[AmountRules]):
    """What the company's amounts mean for a record that waits for its decision: why it did not go by itself or needs
    two approvers, why a first acceptance does not count any more, and who can accept it.
    """

    why = serializers.ListField(child=serializers.CharField())
    needs_two = serializers.BooleanField()
    lapsed = serializers.CharField(allow_blank=True)
    others = serializers.ListField(child=serializers.CharField())


class ValueChangeAnswer(serializers.Serializer[Change]):
    """One value that differs in another revision."""

    label = serializers.CharField()  # type: ignore[assignment]  # the word of the domain, as the page says it
    before = serializers.CharField(allow_blank=True)
    after = serializers.CharField(allow_blank=True)


class LineChangeAnswer(serializers.Serializer[LineChange]):
    """One line that differs in another revision, or is not in it: it has no cells there, and its amount is 0.00."""

    key = serializers.CharField()
    before = serializers.ListField(child=serializers.CharField(allow_blank=True))
    after = serializers.ListField(child=serializers.CharField(allow_blank=True))
    amount_before = Money(max_digits=14, decimal_places=2)
    amount_after = Money(max_digits=14, decimal_places=2)


class SummedAnswer(serializers.Serializer[Summed]):
    """What one group of lines comes to."""

    cells = serializers.ListField(child=serializers.CharField(allow_blank=True))
    amounts = serializers.ListField(child=Money(max_digits=14, decimal_places=2))


class SumsAnswer(serializers.Serializer[Sums]):
    """What the lines come to, group by group."""

    title = serializers.CharField()
    columns = serializers.ListField(child=serializers.CharField(), help_text="What the cells of a row are.")
    amount_columns = serializers.ListField(child=serializers.CharField(), help_text="What its amounts are.")
    rows = SummedAnswer(many=True)
    total = serializers.ListField(child=Money(max_digits=14, decimal_places=2))


class RejectionAnswer(serializers.Serializer[Review]):
    """The rejection that is not answered by an export yet: by whom, when and why, what the sender answered when
    they sent it again, and what is otherwise since.
    """

    by = serializers.CharField(source="last_rejection.decided_by", allow_null=True)
    at = serializers.DateTimeField(source="last_rejection.decided_at", allow_null=True)
    comment = serializers.CharField(source="last_rejection.comment", allow_blank=True)
    reply = serializers.CharField(allow_blank=True)
    changes = ValueChangeAnswer(source="diff_rejected", many=True)
    lines = LineChangeAnswer(source="lines_rejected", many=True)


class ReviewAnswer(serializers.Serializer[Review]):
    """All that an approver reads before they decide. `seen` is what acceptance names to accept exactly this; "" if
    nothing waits for a decision.
    """

    item = ItemAnswer()
    seen = serializers.CharField(allow_blank=True)
    link = LedgerLinkAnswer(allow_null=True)
    submission = SendingAnswer(allow_null=True)
    facts = FactAnswer(many=True)
    posting = PostingAnswer(allow_null=True)
    today = TodayAnswer(many=True)
    rejection = serializers.SerializerMethodField()
    changes = ValueChangeAnswer(source="diff_synced", many=True, help_text="Against what the ledger holds.")
    lines = LineChangeAnswer(
        source="lines_synced", many=True, help_text="Lines that it holds otherwise, or does not hold."
    )
    line_columns = serializers.ListField(
        child=serializers.CharField(), help_text="The headings of a changed line's cells, in their order."
    )
    sums = SumsAnswer(allow_null=True, help_text="Of a budget with changes: by cost code. Else null.")
    amounts = AmountRulesAnswer()
    choices = ChoiceAnswer(many=True)
    checks = CheckAnswer(many=True)
    offers = OfferAnswer(many=True)
    attempts = AttemptAnswer(many=True)
    events = EventAnswer(many=True)

    @extend_schema_field(RejectionAnswer(allow_null=True))
    def get_rejection(self, review: Review) -> dict[str, Any] | None:
        """As long as it is open: once the ledger has the record, nothing is asked of it any more."""
        return RejectionAnswer(review).data if review.last_rejection else None


class Sending(serializers.Serializer[Any]):
    """How it is sent."""

    along = serializers.BooleanField(
        default=False, help_text="Also send the records that it needs in QuickBooks; all or none."
    )


class Reply(serializers.Serializer[Any]):
    """What the sender answers to the remark with which it was rejected."""

    reply = serializers.CharField(max_length=2000, required=False, default="", allow_blank=True)


SEEN = (
    "The `seen` of the review that was read: the sending, what is proposed for its choices, and its posting. Where "
    "each choice is named, the digest of the sending will do."
)


class Acceptance(serializers.Serializer[Any]):
    """The review that was seen, and what was chosen."""

    seen = serializers.CharField(max_length=64, help_text=SEEN)
    choices = serializers.DictField(
        child=serializers.CharField(max_length=255, allow_blank=True),
        required=False,
        help_text="By name; a choice that is not named is as the review showed it, and an empty one is left open.",
    )


class SendingRead(serializers.Serializer[Any]):
    """The sending that was read, if you like."""

    submission = serializers.IntegerField(
        required=False,
        min_value=1,
        help_text="`submission.id` of the review that was read: where it was sent anew since, nothing is done (409).",
    )


class Rejection(SendingRead):
    """Why it is given back, and, if you like, the sending that was read."""

    comment = serializers.CharField(max_length=operations.LONGEST_COMMENT)


class AtOnce(serializers.Serializer[Any]):
    """What to do with many at once."""

    action = serializers.ChoiceField(choices=["accept", "reject", "retrieve", "retry", "send"])
    chosen = RowNumbers(
        max_length=piles.MOST,
        help_text="To accept or reject, numbers of the sendings that were read (`submission` of an item). Else of the "
        "items.",
    )
    comment = serializers.CharField(
        max_length=operations.LONGEST_COMMENT,
        required=False,
        default="",
        allow_blank=True,
        help_text="Why they are rejected; each sender gets it.",
    )


class TurnAnswer(serializers.ModelSerializer[Turn]):
    """What became of one of many: it waits, went, or `why_not` says why it stays."""

    went = serializers.BooleanField(read_only=True)

    class Meta:
        model = Turn
        fields = ["batch", "item", "action", "done_at", "went", "why_not", "who", "where"]


class InboxQuery(serializers.Serializer[Any]):
    """Which items to list."""

    view = serializers.ChoiceField(choices=[(one.key, one.label) for one in selectors.VIEWS], required=False)
    kind = serializers.ChoiceField(choices=Kind.choices, required=False)
    project = serializers.IntegerField(required=False, min_value=1, help_text="The number of the project's item.")
    party = serializers.IntegerField(required=False, min_value=1, help_text="The number of the vendor's item.")
    sender = serializers.IntegerField(
        required=False, min_value=1, help_text="The number of the person who sent it last."
    )
    q = serializers.CharField(
        max_length=100, required=False, help_text="Words of its name or number, or of its project's or vendor's name."
    )


class NoticeQuery(serializers.Serializer[Any]):
    """Which notices to list."""

    unread = serializers.BooleanField(default=False, help_text="Only those that you have not read.")


class Days(serializers.Serializer[Any]):
    """The first and the last day of an export, in the company's time zone."""

    since = serializers.DateField(required=False)
    until = serializers.DateField(required=False)


class HeldAnswer(serializers.Serializer[Held]):
    """How many records of one kind a cause holds."""

    label = serializers.CharField()  # type: ignore[assignment]  # the word of the domain, as the page says it
    count = serializers.IntegerField()
    amount = Money(max_digits=20, decimal_places=2, allow_null=True)


class CauseAnswer(serializers.Serializer[Cause]):
    """One thing to cure, who cures it and where, and all that it holds. `stopped` are tried again once it is cured."""

    sentence = serializers.CharField()
    who = serializers.CharField(allow_blank=True)
    where = serializers.CharField(allow_blank=True)
    oldest = serializers.DateTimeField()
    amount = Money(max_digits=20, decimal_places=2, allow_null=True)
    by_kind = HeldAnswer(many=True)
    stopped = ItemAnswer(many=True)
    records = ItemAnswer(many=True)


@extend_schema_serializer(many=False)
class HeldUpAnswer(serializers.Serializer[HeldUp]):
    """Every cause that holds accepted records up; a record behind two of them is counted once."""

    count = serializers.IntegerField()
    amount = Money(max_digits=20, decimal_places=2, allow_null=True)
    causes = CauseAnswer(many=True)
