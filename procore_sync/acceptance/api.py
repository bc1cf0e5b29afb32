"""The API of the inbox: the same selectors and operations as the pages, the same refusals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils.translation import gettext
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from procore_sync.acceptance import comments, many, operations, piles, reading, selectors
from procore_sync.acceptance.abouts import About, Channels
from procore_sync.acceptance.auditing_views import answer_with_file
from procore_sync.acceptance.blockers import held_up_for
from procore_sync.acceptance.models import ErpItem, Event, Notice
from procore_sync.acceptance.reviews import Review, review_of
from procore_sync.acceptance.serializers import (
    Acceptance,
    AtOnce,
    ChannelAnswer,
    Choices,
    Comment,
    Days,
    EventAnswer,
    HeldUpAnswer,
    InboxQuery,
    ListedItemAnswer,
    MarkedAnswer,
    NoticeAnswer,
    NoticeQuery,
    Rejection,
    Reply,
    ReviewAnswer,
    Sending,
    SendingRead,
    TalkAnswer,
    TurnAnswer,
)
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.api import GivesFile, member_of
from procore_sync.accounts.described import AsDescribed
from procore_sync.accounts.idempotency import IdempotentWrites
from procore_sync.accounts.web import get_visible
from procore_sync.kit.pagination import ByCursor, NewestFirst
from procore_sync.kit.refusals import InvalidInput


class OldestFirst(ByCursor):
    """The order in which records wait."""

    ordering = ("status_changed_at", "pk")


class LatestFirst(ByCursor):
    """The journal, newest row first."""

    ordering = "-sequence"


def _entered(body: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    form = body(data=request.data)
    form.is_valid(raise_exception=True)
    return cast(dict[str, Any], form.validated_data)


def _accepted(review: Review, seen: str, named: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The digest of the sending, where `seen` is that of the review as it stands, else `seen`; and all choices.

    The review shows the posting with what is proposed, so that is what was seen of a choice that is not named.

    Raises:
        InvalidInput: `seen` says nothing of what was proposed, and a choice is not named.
    """
    proposed = {one.name: one.initial for one in review.choices}
    digest = review.submission.digest if review.submission else ""
    unnamed = [name for name in proposed if name not in named]
    if seen == digest and unnamed:
        told = gettext(
            "Name each choice (%(names)s), or give the “seen” of the review: what is proposed may have changed since "
            "it was read."
        )
        sentence = told % {"names": ", ".join(unnamed)}
        raise InvalidInput(sentence, errors={"choices": [sentence]})
    return digest if review.seen and seen == review.seen else seen, {**proposed, **named}


@extend_schema_view(
    list=extend_schema(parameters=[InboxQuery]),
    retrieve=extend_schema(responses=ReviewAnswer),
    send=extend_schema(request=Reply, parameters=[Sending], responses=ReviewAnswer),
    take_back=extend_schema(request=None, responses=ReviewAnswer),
    accept=extend_schema(request=Acceptance, responses=ReviewAnswer),
    reject=extend_schema(request=Rejection, responses=ReviewAnswer),
    undo=extend_schema(request=SendingRead, responses=ReviewAnswer),
    retry=extend_schema(request=None, responses=ReviewAnswer),
    unlink=extend_schema(request=None, responses=ReviewAnswer),
)
class ItemViewSet(IdempotentWrites, mixins.ListModelMixin, viewsets.GenericViewSet[ErpItem]):
    """The records of every kind on their way to the ledger, and the decisions on them."""

    serializer_class = ListedItemAnswer
    pagination_class = OldestFirst
    queryset = ErpItem.objects.none()
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[ErpItem]:
        """What the person may see: one view of the inbox in a list, any of their items by number."""
        if getattr(self, "swagger_fake_view", False):
            return ErpItem.objects.none()
        member = member_of(self.request)
        if self.action != "list":
            return selectors.items_for(member).select_related("company", "project")
        query = InboxQuery(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        asked = {name: str(value) for name, value in query.validated_data.items()}
        return selectors.listed(member, asked)

    def _item(self) -> ErpItem:
        return get_visible(self.get_queryset(), self.kwargs["pk"])

    def _review(self) -> Response:
        return Response(ReviewAnswer(review_of(self._item(), member_of(self.request))).data)

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
        item, entered, by = self._item(), _entered(Acceptance, request), member_of(request)
        seen, choices = _accepted(review_of(item, by), entered["seen"], entered.get("choices", {}))
        operations.accept(item, by=by, seen=seen, choices=choices)
        return self._review()

    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: int) -> Response:
        """Give the record back to its sender with a reason."""
        item, entered = self._item(), _entered(Rejection, request)
        operations.reject(item, by=member_of(request), comment=entered["comment"], seen=entered.get("submission"))
        return self._review()

    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: int) -> Response:
        """Take your own acceptance back, before the record has left; of two the first, too, before the second."""
        seen = _entered(SendingRead, request).get("submission")
        operations.undo(self._item(), by=member_of(request), seen=seen)
        return self._review()

    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: int) -> Response:
        """Export a stopped record again, as it was accepted."""
        operations.retry(self._item(), by=member_of(request))
        return self._review()

    @action(detail=True, methods=["post"])
    def unlink(self, request: Request, pk: int) -> Response:
        """Unlink a record from a QuickBooks document that is gone."""
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
        """Accept, reject, retrieve, retry or send many: each goes or stays by itself. Follow what still waits at
        `many/`.
        """
        asked, member = _entered(AtOnce, request), member_of(request)
        batch = many.begin(asked["action"], asked["chosen"], by=member, comment=asked["comment"])
        return Response(TurnAnswer(piles.turns_for(member, batch), many=True).data)

    @extend_schema(responses={200: TurnAnswer(many=True)}, filters=False)
    @action(detail=False, methods=["get"], url_path="many/<uuid:batch>", pagination_class=None)
    def turns(self, request: Request, batch: UUID) -> Response:
        """What became of those that you asked for at once."""
        return Response(TurnAnswer(piles.turns_for(member_of(request), batch), many=True).data)

    @extend_schema(request=None, responses={200: TurnAnswer(many=True)}, filters=False)
    @action(detail=False, methods=["post"], url_path="many/<uuid:batch>/undo", pagination_class=None)
    def undo_many(self, request: Request, batch: UUID) -> Response:
        """Take back what you accepted at once and has not left: a batch of its own, asked for at `many/`."""
        member = member_of(request)
        taken = many.undo_many(batch, by=member)
        return Response(TurnAnswer(piles.turns_for(member, taken), many=True).data)


@extend_schema_view(list=extend_schema(parameters=[NoticeQuery]))
class NoticeViewSet(IdempotentWrites, mixins.ListModelMixin, viewsets.GenericViewSet[Notice]):
    """What you are told in the console, and where you want to be told of what."""

    serializer_class = NoticeAnswer
    pagination_class = NewestFirst
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

    @extend_schema(operation_id="notices_read_all", request=None, responses=MarkedAnswer, filters=False)
    @action(detail=False, methods=["post"], pagination_class=None, url_path="read", url_name="read-all")
    def read_all(self, request: Request) -> Response:
        """Mark all as read."""
        count = reading.mark_read(selectors.notices_for(member_of(request)))
        return Response(MarkedAnswer({"read": count}).data)

    @extend_schema(methods=["GET"], responses=ChannelAnswer(many=True), filters=False)
    @extend_schema(methods=["PUT"], request=Choices, responses=ChannelAnswer(many=True))
    @action(detail=False, methods=["get", "put"], pagination_class=None)
    def choices(self, request: Request) -> Response:
        """Where you are told about what; kinds that you leave out stay as they are."""
        member = member_of(request)
        if request.method == "PUT":
            named = _entered(Choices, request)["choices"]
            reading.choose(member, {About(one["about"]): Channels(one["in_console"], one["by_mail"]) for one in named})
        rows = [
            {"about": about, "in_console": channels.in_console, "by_mail": channels.by_mail}
            for about, channels in reading.choices_of(member).items()
        ]
        return Response(ChannelAnswer(rows, many=True).data)


class JournalViewSet(AsDescribed, mixins.ListModelMixin, viewsets.GenericViewSet[Event]):
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
    @action(detail=False, methods=["get"], pagination_class=None, content_negotiation_class=GivesFile)
    def export(self, request: Request) -> HttpResponseBase:
        """The journal of some days as a signed file for auditors, which `manage.py verify_export` checks."""
        asked = Days(data=request.query_params)
        asked.is_valid(raise_exception=True)
        return answer_with_file(
            member_of(request), asked.validated_data.get("since"), asked.validated_data.get("until")
        )


class HeldUpViewSet(AsDescribed, viewsets.ViewSet):
    """What holds accepted records up."""

    @extend_schema(responses=HeldUpAnswer)
    def list(self, request: Request) -> Response:
        """Each cause with what it holds, the one that holds most first."""
        member = member_of(request)
        require(member, Right.VIEW)
        return Response(HeldUpAnswer(held_up_for(member)).data)


#: What the API's composition mounts: (prefix, view set, name).
api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [
    ("items", ItemViewSet, "item"),
    ("journal", JournalViewSet, "journal"),
    ("notices", NoticeViewSet, "notice"),
    ("held-up", HeldUpViewSet, "held-up"),
]
