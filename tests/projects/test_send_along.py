"""Sending a record together with what it needs in QuickBooks: all of it or none, by page and by API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.test import Client

from procore_sync.acceptance import kinds, operations
from procore_sync.acceptance.actions import actions_for
from procore_sync.acceptance.kinds import Unmet
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.refusals import NotReady
from procore_sync.acceptance.states import Action, Status
from procore_sync.accounts.models import Membership
from procore_sync.kit.kinds import Kind
from projects.models import CostCode, Project
from tests.factories import make_cost_code, make_project
from tests.projects.conftest import SignIn
from tests.scenes import kept


@pytest.fixture
@kept
def codes(max_pm: Membership) -> list[CostCode]:
    return [make_cost_code(max_pm, "03-100"), make_cost_code(max_pm, "03-200")]


@pytest.fixture
@kept
def project(max_pm: Membership, codes: list[CostCode]) -> Project:
    return make_project(max_pm, "Pier 9", codes=codes)


def statuses(*items: ErpItem) -> list[str]:
    for item in items:
        item.refresh_from_db()
    return [item.status for item in items]


def test_it_sends_the_codes_first_and_then_the_project(
    project: Project, codes: list[CostCode], max_pm: Membership
) -> None:
    sendings = operations.send_along(project.erp, by=max_pm)

    assert [one.item.number or one.item.label for one in sendings] == ["03-100", "03-200", "Pier 9"]
    assert statuses(project.erp, *(code.erp for code in codes)) == [Status.SENT] * 3


def test_it_sends_none_if_one_of_them_cannot_go(project: Project, codes: list[CostCode], max_pm: Membership) -> None:
    CostCode.objects.filter(pk=codes[1].pk).update(is_active=False)

    with pytest.raises(NotReady, match="The cost code is inactive"):
        operations.send_along(project.erp, by=max_pm)
    assert statuses(project.erp, *(code.erp for code in codes)) == [Status.NOT_SENT] * 3
    assert not Submission.objects.exists()


def test_it_sends_nothing_twice_that_is_with_accounting(
    project: Project, codes: list[CostCode], max_pm: Membership
) -> None:
    operations.send(codes[0].erp, by=max_pm)
    operations.send_along(project.erp, by=max_pm)

    assert codes[0].erp.submissions.count() == 1


@pytest.fixture
def own_specs() -> Iterator[None]:
    """Whatever the test registers is forgotten."""
    before = dict(kinds._specs)
    yield
    kinds._specs.update(before)


def test_two_that_need_each_other_end(
    own_specs: None, project: Project, codes: list[CostCode], max_pm: Membership
) -> None:
    for kind, needed in ((Kind.PROJECT, codes[0].erp), (Kind.COST_CODE, project.erp)):
        needs = [Unmet("It needs the other.", items=(needed,))]
        kinds.register(replace(kinds.spec_of(kind), unmet=lambda record, needs=needs: needs))  # type: ignore[misc]

    assert [one.pk for one in operations.to_send_along(project.erp)] == [codes[0].erp.pk]
    with pytest.raises(NotReady):
        operations.send_along(project.erp, by=max_pm)


def test_the_button_names_what_goes_along_and_only_where_that_is_all_it_lacks(
    project: Project, codes: list[CostCode], max_pm: Membership, sign_in: SignIn
) -> None:
    page = sign_in(max_pm).get(f"/projects/{project.pk}/").content.decode()
    assert "Send with the 2 records it needs" in page

    Project.objects.filter(pk=project.pk).update(has_sub_jobs=True)
    (offer,) = [one for one in actions_for(project.erp, max_pm) if one.action == Action.SEND]
    assert offer.along == ()
    assert "Send with" not in sign_in(max_pm).get(f"/projects/{project.pk}/").content.decode()


def test_its_page_sends_all_of_them(
    project: Project, codes: list[CostCode], max_pm: Membership, sign_in: SignIn
) -> None:
    client: Client = sign_in(max_pm)
    client.post(f"/review/{project.erp.pk}/send/")
    assert statuses(project.erp) == [Status.NOT_SENT]

    answer = client.post(f"/review/{project.erp.pk}/send/?along=1", follow=True)
    assert "2 records that it needs were sent with it." in answer.content.decode()
    assert statuses(project.erp, *(code.erp for code in codes)) == [Status.SENT] * 3


def test_the_api_says_what_could_go_along_and_sends_it(
    project: Project, codes: list[CostCode], max_pm: Membership, sign_in: SignIn
) -> None:
    client = sign_in(max_pm)
    address = f"/api/v1/items/{project.erp.pk}/"
    (offer,) = [one for one in client.get(address).json()["offers"] if one["action"] == "send"]
    assert offer["along"] == [code.erp.pk for code in codes]

    answer = client.post(f"{address}send/?along=true", content_type="application/json")
    assert answer.status_code == 200
    assert statuses(project.erp, *(code.erp for code in codes)) == [Status.SENT] * 3


def test_a_viewer_sends_nothing_along(
    project: Project, codes: list[CostCode], vic: Membership, sign_in: SignIn
) -> None:
    assert sign_in(vic).post(f"/review/{project.erp.pk}/send/?along=1").status_code == 403
    assert statuses(project.erp, *(code.erp for code in codes)) == [Status.NOT_SENT] * 3
