"""The API of the inbox: the same selectors and operations as the pages, the same refusals."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_serializer, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from procore_sync.acceptance import comments, many, operations, piles, reading, selectors
from procore_sync.acceptance.abouts import About, Channels
from procore_sync.acceptance.auditing_views import answer_with_file
from procore_sync.acceptance.blockers import Cause, Held, HeldUp, held_up_for
from procore_sync.acceptance.courier import Check, Choice, Fact, LinkChange, LinkView, Posting
from procore_sync.acceptance.models import Attempt, ErpItem, Event, Notice, Submission, Turn
from procore_sync.acceptance.selectors import Review
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.api import member_of
from procore_sync.accounts.idempotency import IdempotentWrites
from procore_sync.accounts.models import Membership
from procore_sync.accounts.web import get_visible
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
    """Something to choose at acceptance."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the word of the domain, as the page says it
    options = serializers.ListField(child=serializers.ListField(child=serializers.CharField(allow_blank=True)))
    required = serializers.BooleanField()  # type: ignore[assignment]  # the same
    initial = serializers.CharField(allow_blank=True)


class CheckAnswer(serializers.Serializer[Check]):
    """A sentence for or against acceptance."""

    level = serializers.ChoiceField(choices=["ok", "wait", "look", "stop"])
    sentence = serializers.CharField()
    url = serializers.CharField(allow_blank=True)


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
    """The newest sending of the record; `digest` is what acceptance has to name as seen."""

    sent_by = serializers.CharField(read_only=True)
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
    """One try at the ledger."""

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
        max_length=operations.LONGEST_COMMENT, help_text="Whoever is named in it as @Name gets a notice."
    )
    notify = RowNumbers(required=False, max_length=500, help_text="Numbers of `people` who get a notice too.")


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
    """What the record is in the ledger."""

    entity = serializers.CharField()
    remote_id = serializers.CharField()
    name = serializers.CharField()
    url = serializers.CharField()
    verified_at = serializers.DateTimeField(allow_null=True)
    health = serializers.CharField()
    told = serializers.CharField()


class TodayAnswer(serializers.Serializer[LinkChange]):
    """One value that the frozen posting has otherwise than one made now would."""

    label = serializers.CharField()  # type: ignore[assignment]  # the word of the domain, as the page says it
    before = serializers.CharField(allow_blank=True)
    after = serializers.CharField(allow_blank=True)


class ReviewAnswer(serializers.Serializer[Review]):
    """All that an approver reads before he decides."""

    item = ItemAnswer()
    link = LedgerLinkAnswer(allow_null=True)
    submission = SendingAnswer(allow_null=True)
    facts = FactAnswer(many=True)
    posting = PostingAnswer(allow_null=True)
    today = TodayAnswer(many=True)
    choices = ChoiceAnswer(many=True)
    checks = CheckAnswer(many=True)
    offers = OfferAnswer(many=True)
    attempts = AttemptAnswer(many=True)
    events = EventAnswer(many=True)


class Sending(serializers.Serializer[Any]):
    """How it is sent."""

    along = serializers.BooleanField(
        default=False, help_text="Send the records along that it needs in QuickBooks; all or none."
    )


class Reply(serializers.Serializer[Any]):
    """What the sender answers to the remark with which it was rejected."""

    reply = serializers.CharField(max_length=2000, required=False, default="", allow_blank=True)


class Acceptance(serializers.Serializer[Any]):
    """What was seen, and what was chosen."""

    seen = serializers.CharField(max_length=64, help_text="The digest of the sending that was read.")
    choices = serializers.DictField(child=serializers.CharField(max_length=255), required=False)


class Rejection(serializers.Serializer[Any]):
    """Why it is given back."""

    comment = serializers.CharField(max_length=operations.LONGEST_COMMENT)


class AtOnce(serializers.Serializer[Any]):
    """What is to be done to many."""

    action = serializers.ChoiceField(choices=["accept", "retry", "send"])
    chosen = RowNumbers(
        max_length=piles.MOST,
        help_text="To accept, numbers of the sendings that were read (`sending` of an item). Else of the items.",
    )


class TurnAnswer(serializers.ModelSerializer[Turn]):
    """What became of one of many: it waits, went, or `why_not` says why it stays."""

    went = serializers.BooleanField(read_only=True)

    class Meta:
        model = Turn
        fields = ["batch", "item", "action", "done_at", "went", "why_not", "who", "where"]


class OldestFirst(CursorPagination):
    """The order in which records wait."""

    ordering = ("status_changed_at", "pk")
    page_size_query_param = "page_size"
    max_page_size = 500


class LatestFirst(CursorPagination):
    """The journal, newest row first."""

    ordering = "-sequence"
    page_size_query_param = "page_size"
    max_page_size = 500


class NewestNotices(CursorPagination):
    """The newest notice first."""

    ordering = "-pk"
    page_size_query_param = "page_size"
    max_page_size = 500


class InboxQuery(serializers.Serializer[Any]):
    """Which items to list."""

    view = serializers.ChoiceField(choices=[(one.key, one.label) for one in selectors.VIEWS], required=False)
    kind = serializers.ChoiceField(choices=Kind.choices, required=False)
    q = serializers.CharField(max_length=100, required=False)


def _entered(body: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    form = body(data=request.data)
    form.is_valid(raise_exception=True)
    return cast(dict[str, Any], form.validated_data)


@extend_schema_view(
    list=extend_schema(parameters=[InboxQuery]),
    retrieve=extend_schema(responses=ReviewAnswer),
    send=extend_schema(request=Reply, parameters=[Sending], responses=ReviewAnswer),
    take_back=extend_schema(request=None, responses=ReviewAnswer),
    accept=extend_schema(request=Acceptance, responses=ReviewAnswer),
    reject=extend_schema(request=Rejection, responses=ReviewAnswer),
    undo=extend_schema(request=None, responses=ReviewAnswer),
    retry=extend_schema(request=None, responses=ReviewAnswer),
    unlink=extend_schema(request=None, responses=ReviewAnswer),
)
class ItemViewSet(IdempotentWrites, mixins.ListModelMixin, viewsets.GenericViewSet[ErpItem]):
    """The records of every kind on their way to the ledger, and the decisions on them."""

    serializer_class = ItemAnswer
    pagination_class = OldestFirst
    queryset = ErpItem.objects.none()
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[ErpItem]:
        """What the person may see: one view of the inbox in a list, any of his items by number."""
        if getattr(self, "swagger_fake_view", False):
            return ErpItem.objects.none()
        member = member_of(self.request)
        if self.action != "list":
            return selectors.items_for(member).select_related("company", "project")
        query = InboxQuery(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        view, kind = asked.get("view", selectors.VIEWS[0].key), asked.get("kind", "")
        return selectors.inbox_for(member, view, kind, asked.get("q", "").strip()).prefetch_related(None)

    def _item(self) -> ErpItem:
        return get_visible(self.get_queryset(), self.kwargs["pk"])

    def _review(self) -> Response:
        return Response(ReviewAnswer(selectors.review_of(self._item(), member_of(self.request))).data)

    def retrieve(self, request: Request, pk: int) -> Response:
        """One record: what it says, what QuickBooks will get, what speaks for and against, and what was tried."""
        return self._review()

    @action(detail=True, methods=["post"])
    def send(self, request: Request, pk: int) -> Response:
        """Put the record before the approvers."""
        asked = Sending(data=request.query_params)
        asked.is_valid(raise_exception=True)
        said = Reply(data=request.data)
        said.is_valid(raise_exception=True)
        if asked.validated_data["along"]:
            operations.send_along(self._item(), by=member_of(request))
        else:
            operations.send(self._item(), by=member_of(request), reply=said.validated_data["reply"])
        return self._review()

    @action(detail=True, methods=["post"], url_path="retrieve", url_name="retrieve")
    def take_back(self, request: Request, pk: int) -> Response:
        """Take an undecided record back."""
        operations.retrieve(self._item(), by=member_of(request))
        return self._review()

    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: int) -> Response:
        """Accept what was seen, and make it due for export."""
        item, entered = self._item(), _entered(Acceptance, request)
        operations.accept(item, by=member_of(request), seen=entered["seen"], choices=entered.get("choices", {}))
        return self._review()

    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: int) -> Response:
        """Give the record back to its sender with a reason."""
        item, entered = self._item(), _entered(Rejection, request)
        operations.reject(item, by=member_of(request), comment=entered["comment"])
        return self._review()

    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: int) -> Response:
        """Take your own acceptance back, before the record has left."""
        operations.undo(self._item(), by=member_of(request))
        return self._review()

    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: int) -> Response:
        """Export a stopped record again, as it was accepted."""
        operations.retry(self._item(), by=member_of(request))
        return self._review()

    @action(detail=True, methods=["post"])
    def unlink(self, request: Request, pk: int) -> Response:
        """Part a record from a QuickBooks document that is gone."""
        operations.unlink(self._item(), by=member_of(request))
        return self._review()

    @extend_schema(methods=["GET"], responses=TalkAnswer)
    @extend_schema(methods=["POST"], request=Comment, responses=TalkAnswer)
    @action(detail=True, methods=["get", "post"])
    def comments(self, request: Request, pk: int) -> Response:
        """What people have said about the record; add to it."""
        item, member = self._item(), member_of(request)
        if request.method == "POST":
            entered = _entered(Comment, request)
            comments.comment(item, by=member, text=entered["text"], notify=entered.get("notify", []))
        return Response(TalkAnswer(comments.talk_of(item, member, comments.comments_on(item))).data)

    @extend_schema(request=AtOnce, responses={200: TurnAnswer(many=True)}, filters=False)
    @action(detail=False, methods=["post"], pagination_class=None)
    def many(self, request: Request) -> Response:
        """Accept, retry or send many: each goes or stays for itself. What still waits is asked for at `many/`."""
        asked, member = _entered(AtOnce, request), member_of(request)
        batch = many.begin(asked["action"], asked["chosen"], by=member)
        return Response(TurnAnswer(piles.turns_for(member, batch), many=True).data)

    @extend_schema(responses={200: TurnAnswer(many=True)}, filters=False)
    @action(detail=False, methods=["get"], url_path="many/<uuid:batch>", pagination_class=None)
    def turns(self, request: Request, batch: UUID) -> Response:
        """What became of those that you asked for at once."""
        return Response(TurnAnswer(piles.turns_for(member_of(request), batch), many=True).data)


class NoticeQuery(serializers.Serializer[Any]):
    """Which notices to list."""

    unread = serializers.BooleanField(default=False, help_text="Only those that you have not read.")


@extend_schema_view(list=extend_schema(parameters=[NoticeQuery]))
class NoticeViewSet(IdempotentWrites, mixins.ListModelMixin, viewsets.GenericViewSet[Notice]):
    """What you are told in the console, and where you want to be told of what."""

    serializer_class = NoticeAnswer
    pagination_class = NewestNotices
    queryset = Notice.objects.none()
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[Notice]:
        """The person's own."""
        if getattr(self, "swagger_fake_view", False):
            return Notice.objects.none()
        rows = selectors.notices_for(member_of(self.request))
        query = NoticeQuery(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        return rows.filter(read_at=None) if query.validated_data["unread"] else rows

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: int) -> Response:
        """Mark one as read."""
        rows = selectors.notices_for(member_of(request))
        get_visible(rows, pk)
        reading.mark_read(rows.filter(pk=pk))
        return Response(NoticeAnswer(rows.get(pk=pk)).data)

    @extend_schema(request=None, responses=MarkedAnswer, filters=False)
    @action(detail=False, methods=["post"], pagination_class=None, url_path="read", url_name="read-all")
    def read_all(self, request: Request) -> Response:
        """Mark all as read."""
        count = reading.mark_read(selectors.notices_for(member_of(request)))
        return Response(MarkedAnswer({"read": count}).data)

    @extend_schema(methods=["GET"], responses=ChannelAnswer(many=True), filters=False)
    @extend_schema(methods=["PUT"], request=Choices, responses=ChannelAnswer(many=True))
    @action(detail=False, methods=["get", "put"], pagination_class=None)
    def choices(self, request: Request) -> Response:
        """Where you are told of what; kinds that you leave out stay as they are."""
        member = member_of(request)
        if request.method == "PUT":
            named = _entered(Choices, request)["choices"]
            reading.choose(member, {About(one["about"]): Channels(one["in_console"], one["by_mail"]) for one in named})
        rows = [
            {"about": about, "in_console": channels.in_console, "by_mail": channels.by_mail}
            for about, channels in reading.choices_of(member).items()
        ]
        return Response(ChannelAnswer(rows, many=True).data)


class Days(serializers.Serializer[Any]):
    """The first and the last day of an export, in the company's time zone."""

    since = serializers.DateField(required=False)
    until = serializers.DateField(required=False)


class JournalViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Event]):
    """Every move of every record, hash-chained; for accountants and administrators."""

    serializer_class = EventAnswer
    pagination_class = LatestFirst
    queryset = Event.objects.none()

    def get_queryset(self) -> QuerySet[Event]:
        """The company's journal.

        Raises:
            NotAllowed: the person may not read it.
        """
        if getattr(self, "swagger_fake_view", False):
            return Event.objects.none()
        member = member_of(self.request)
        require(member, Right.JOURNAL)
        return selectors.journal_for(member)

    @extend_schema(parameters=[Days], responses={(200, "application/zip"): OpenApiTypes.BINARY}, filters=False)
    @action(detail=False, methods=["get"], pagination_class=None)
    def export(self, request: Request) -> HttpResponseBase:
        """The journal of some days as a signed file for auditors, which `manage.py verify_export` checks."""
        asked = Days(data=request.query_params)
        asked.is_valid(raise_exception=True)
        return answer_with_file(
            member_of(request), asked.validated_data.get("since"), asked.validated_data.get("until")
        )


#: What the API's composition mounts: (prefix, view set, name).
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


class HeldUpViewSet(viewsets.ViewSet):
    """What holds accepted records up."""

    @extend_schema(responses=HeldUpAnswer)
    def list(self, request: Request) -> Response:
        """Each cause with what it holds, the one that holds most first."""
        member = member_of(request)
        require(member, Right.VIEW)
        return Response(HeldUpAnswer(held_up_for(member)).data)


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [
    ("items", ItemViewSet, "item"),
    ("journal", JournalViewSet, "journal"),
    ("notices", NoticeViewSet, "notice"),
    ("held-up", HeldUpViewSet, "held-up"),
]
