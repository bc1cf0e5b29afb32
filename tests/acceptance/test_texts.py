"""Texts that the database cannot keep; SQLite keeps them all."""

from __future__ import annotations

import pytest
from django.test import Client

from procore_sync.acceptance.models import ErpItem, Event
from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Membership

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]


def test_a_nul_in_a_reason_is_refused_with_a_sentence(client: Client, ada: Membership, sent_invoice: ErpItem) -> None:
    client.force_login(ada.user)
    answer = client.post(f"/review/{sent_invoice.pk}/reject/", {"comment": "Wrong\0 month"})
    assert (answer.status_code, "no text here can keep (NUL). Take it out." in answer.text) == (422, True)
    sent_invoice.refresh_from_db()
    assert sent_invoice.status == Status.SENT
    assert not Event.objects.filter(item=sent_invoice, action="reject").exists()
