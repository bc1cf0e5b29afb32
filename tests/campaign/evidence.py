"""What the look-alike received, beside what the console has written down that it sent."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from procore_sync.acceptance.models import Attempt
from procore_sync.acceptance.states import OutcomeKind
from tests.campaign.fault import Act

#: A request id is 32 hexadecimal digits; what changes a document adds to it for which version it is meant.
ID_LENGTH = 32


def writes(act: Act) -> Counter[str]:
    """How many calls that write came under each request id, but those turned away at the door and sent once more."""
    calls = [one for one in act.stage.requests() if one["method"] == "POST" and one["requestid"]]
    return Counter(str(one["requestid"]) for one in calls if one["status"] != 401)


def written(act: Act) -> Counter[str]:
    """How many calls wrote under each request id of a record, into whichever version of its document."""
    calls = [one for one in act.stage.requests() if one["method"] == "POST" and one["requestid"]]
    return Counter(str(one["requestid"])[:ID_LENGTH] for one in calls if one["status"] == 200)


def intents(act: Act) -> dict[str, int]:
    """Under each request id, how often a sending was opened; of a batch, how often that of the item sent most."""
    opened: dict[str, Counter[int]] = defaultdict(Counter)
    for request_id, submission in Attempt.objects.filter(act="send").values_list("request_id", "submission_id"):
        opened[request_id][submission] += 1
    return {request_id: max(by_submission.values()) for request_id, by_submission in opened.items()}


def calls_without_an_intent(act: Act) -> Iterator[str]:
    """A sentence for each request id under which more calls came than sendings were opened."""
    opened = intents(act)
    for request_id, calls in writes(act).items():
        sent = opened.get(request_id[:ID_LENGTH], 0)
        if calls > sent:
            yield f"{calls} calls came under the request id {request_id}, and {sent} were opened"


def tries_of(act: Act, *submissions: int) -> list[str]:
    """How the sendings and looks of these submissions ended, in their order."""
    rows = Attempt.objects.filter(submission__in=submissions).order_by("started_at", "pk")
    return [f"{one.act} {OutcomeKind(one.outcome).label.lower()}" for one in rows]
