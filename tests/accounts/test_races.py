"""Who gives privileges while another administrator changes the rule of that: real threads on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Thread
from time import sleep

import pytest
from django.db import transaction

from procore_sync.accounts import operations
from procore_sync.accounts.access import Right, may
from procore_sync.accounts.models import ApiToken, Company, Membership, RightsChange, Role
from procore_sync.accounts.operations import Rights
from procore_sync.kit.kinds import Kind
from tests.acceptance.test_races import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

DECIDES = Rights(Role.ACCOUNTANT, can_export=frozenset({"vendor"}))


def invited(alma: Membership, vic: Membership) -> object:
    return operations.invite(by=alma, email="new@harborrow.example", name="New", rights=DECIDES)


def changed(alma: Membership, vic: Membership) -> object:
    return operations.change_rights(vic, by=alma, rights=DECIDES)


@pytest.mark.parametrize("give", [invited, changed])
def test_the_rule_of_giving_is_the_one_that_is_saved_when_it_is_given(
    give: Callable[[Membership, Membership], object],
    company: Company,
    alma: Membership,
    ada: Membership,
    vic: Membership,
) -> None:
    """Alma came in while everybody could give; the rule is saved while she waits for the company's row."""
    assert may(ada, Right.DECIDE, Kind.VENDOR)
    assert not alma.company.only_holders_grant
    told = list[str]()
    giving = Thread(target=lambda: told.extend(at_once(partial(give, alma, vic))))
    with transaction.atomic():
        held = Company.objects.select_for_update(no_key=True).get(pk=company.pk)
        giving.start()
        sleep(0.5)
        held.only_holders_grant = True
        held.save(update_fields=["only_holders_grant"])
    giving.join(timeout=20)

    assert len(told) == 1
    assert told[0].startswith("In this company only an administrator who has it can give it")
    assert not Membership.objects.filter(user__email="new@harborrow.example").exists()
    assert not vic.privileges.exists()


def deactivated(alma: Membership, vic: Membership) -> object:
    return operations.deactivate(vic, by=alma)


def reactivated(alma: Membership, vic: Membership) -> object:
    return operations.reactivate(vic, by=alma)


def token_made(alma: Membership, vic: Membership) -> object:
    return operations.create_token(by=alma, name="Late")


@pytest.mark.parametrize("act", [invited, changed, deactivated, reactivated, token_made])
def test_who_is_shut_out_while_he_waits_changes_nothing(
    act: Callable[[Membership, Membership], object], company: Company, alma: Membership, vic: Membership
) -> None:
    """Alma came in as an administrator; she is deactivated while she waits for the company's row."""
    told = list[str]()
    acting = Thread(target=lambda: told.extend(at_once(partial(act, alma, vic))))
    with transaction.atomic():
        Company.objects.select_for_update(no_key=True).get(pk=company.pk)
        acting.start()
        sleep(0.5)
        Membership.objects.filter(pk=alma.pk).update(is_active=False)
    acting.join(timeout=20)

    assert len(told) == 1
    assert told[0].endswith("An administrator can grant it under People.")
    assert not RightsChange.objects.exists()
    assert not ApiToken.objects.exists()


def test_two_companies_invite_one_address_at_once(alma: Membership, olga: Membership) -> None:
    """The address is known to nobody when either looks; whoever comes second takes the person that the first made."""
    Membership.objects.filter(pk=olga.pk).update(role=Role.ADMINISTRATOR)
    told = list[str]()
    inviting = Thread(target=lambda: told.extend(at_once(partial(invited, alma, alma))))
    with transaction.atomic():
        operations.invite(by=olga, email="new@harborrow.example", name="New", rights=DECIDES)
        inviting.start()
        sleep(0.5)
    inviting.join(timeout=20)

    assert told == [""]
    invited_by = Membership.objects.filter(user__email="new@harborrow.example").values_list("company", flat=True)
    assert set(invited_by) == {alma.company_id, olga.company_id}
