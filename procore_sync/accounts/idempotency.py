"""A write of the API with an Idempotency-Key changes something at most once, however often it is repeated."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from procore_sync.accounts.api import member_of
from procore_sync.accounts.described import AsDescribed
from procore_sync.accounts.models import IdempotentAnswer
from procore_sync.kit.refusals import InvalidInput, Refusal

HEADER = "Idempotency-Key"
LONGEST_KEY = 100
CUT_OFF_AFTER = timedelta(minutes=2)
KEPT_FOR = timedelta(days=7)


class KeyInUse(Refusal):
    """The key was used for something else, or its first request still runs."""

    cure = gettext_noop("Whoever wrote the program takes a new key for another request, or waits for the first answer.")


class _Answered(Exception):
    """The request was answered before; this is the answer."""

    def __init__(self, row: IdempotentAnswer) -> None:
        self.row = row


class IdempotentWrites(AsDescribed):
    """Views whose writes may carry an Idempotency-Key. The answer is kept a week, a failure of ours is not."""

    _claimed: IdempotentAnswer | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """After the person is known and within their limits: claim the key, or end with the answer it had.

        The body is looked at after that, because the first answer counts, whatever stands by now.
        """
        super().initial(request, *args, **kwargs)
        if request.method in ("GET", "HEAD", "OPTIONS"):
            return
        if HEADER in request.headers:
            self._claimed = claim(request)
        if request.method != "DELETE":
            self.require_known_body(request)

    def kept(self, answer: Any) -> Any:
        """What of an answer is kept for a repetition: all of it, where a view does not say otherwise."""
        return answer

    def handle_exception(self, exc: Exception) -> Response:
        """A known answer is given again; a failure of ours frees the key, so that the request can be repeated."""
        if isinstance(exc, _Answered):
            return Response(exc.row.answer, status=exc.row.status, headers={"Idempotent-Replayed": "true"})
        try:
            return super().handle_exception(exc)
        except Exception:
            self._free()
            raise

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Keep the answer of a claimed key. A refusal that cannot be kept frees it; of what was done the key stays
        taken, so that nothing is done twice because its answer was lost."""
        try:
            if self._claimed is not None:
                IdempotentAnswer.objects.filter(pk=self._claimed.pk).update(
                    status=response.status_code, answer=_plain(self.kept(response.data)), answered_at=timezone.now()
                )
            return super().finalize_response(request, response, *args, **kwargs)
        except Exception:
            if response.status_code >= HTTPStatus.BAD_REQUEST:
                self._free()
            raise

    def _free(self) -> None:
        if self._claimed is not None:
            self._claimed.delete()


def _plain(answer: Any) -> Any:
    return None if answer is None else json.loads(JSONRenderer().render(answer))


def claim(request: Request) -> IdempotentAnswer:
    """The row of this request's key, ours to answer.

    Raises:
        InvalidInput: the key is empty or too long.
        KeyInUse: it belongs to another request, or that request still runs.
    """
    member, key = member_of(request), request.headers[HEADER].strip()
    if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
        sentence = f"The {HEADER} must have 1 to {LONGEST_KEY} printable characters, for example a UUID."
        raise InvalidInput(sentence, errors={HEADER: [sentence]})
    line = f"{request.method} {request.get_full_path()}"[:255]
    body_hash = _hash_of(request)
    try:
        with transaction.atomic():
            return IdempotentAnswer.objects.create(
                company_id=member.company_id, membership=member, key=key, request_line=line, body_hash=body_hash
            )
    except IntegrityError:
        known = IdempotentAnswer.objects.get(membership=member, key=key)
    if (known.request_line, known.body_hash) != (line, body_hash):
        raise KeyInUse(f"The {HEADER} {key} was used for another request. Take a new key for a new request.")
    if known.answered_at is not None:
        raise _Answered(known)
    return _taken_over(known)


def _hash_of(request: Request) -> str:
    """One for each thing that is asked for. A posted file may be larger than a body may be, so it is read in parts."""
    if not (request.content_type or "").startswith("multipart/"):
        return hashlib.sha256(request._request.body).hexdigest()
    found = hashlib.sha256()
    files = request._request.FILES
    for field in sorted(files):
        for file in files.getlist(field):
            found.update(f"{field}={file.name}".encode())
            for part in file.chunks():
                found.update(part)
            file.seek(0)
    return found.hexdigest()


def _taken_over(known: IdempotentAnswer) -> IdempotentAnswer:
    now = timezone.now()
    cut_off = IdempotentAnswer.objects.filter(
        pk=known.pk, answered_at=None, created_at=known.created_at, created_at__lt=now - CUT_OFF_AFTER
    )
    if cut_off.update(created_at=now) != 1:
        raise KeyInUse(f"The first request with the {HEADER} {known.key} still runs. Repeat it in two minutes.")
    return known


def forget_answers(before: datetime | None = None) -> int:
    """Delete the answers that are older than a week, or than `before`; returns how many."""
    old = IdempotentAnswer.objects.filter(created_at__lt=before or timezone.now() - KEPT_FOR)
    return old.delete()[0]
