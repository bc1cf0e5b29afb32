"""Who may give which privilege: to whom, in which company, and who is named where they may not."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from procore_sync.accounts import operations
from procore_sync.accounts.access import Right, may
from procore_sync.accounts.granting import Granting, Privilege, require_to_loosen
from procore_sync.accounts.models import Company, Membership, RightsChange, Role, User
from procore_sync.accounts.operations import Rights, rights_of
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import NotAllowed
from tests.accounts.test_people import SETTINGS
from tests.factories import make_member

pytestmark = pytest.mark.django_db

VENDORS = frozenset({"vendor"})

#: By hand: the company's rule, whether they have it themselves, if another has it, to whom they give it; if they may.
RULE = [
    ("to others", False, False, "himself", True),
    ("to others", False, False, "vic", True),
    ("to others", False, True, "himself", False),
    ("to others", False, True, "vic", True),
    ("to others", True, True, "vic", True),
    ("holders", False, False, "himself", True),
    ("holders", False, False, "vic", True),
    ("holders", False, True, "himself", False),
    ("holders", False, True, "vic", False),
    ("holders", True, True, "vic", True),
]


@pytest.mark.parametrize(("rule", "has", "another", "whom", "may_give"), RULE)
@pytest.mark.parametrize("name", ["can_import", "can_export"])
def test_a_privilege_comes_from_who_may_give_it(
    company: Company, vic: Membership, name: str, rule: str, has: bool, another: bool, whom: str, may_give: bool
) -> None:
    kinds: dict[str, list[Kind]] = {name.replace("can_", "") + "s": [Kind.VENDOR]}
    alma = make_member(company, "Alma", Role.ADMINISTRATOR, **(kinds if has else {}))  # type: ignore[arg-type]
    make_member(company, "Ada", Role.ACCOUNTANT, **(kinds if another else {}))  # type: ignore[arg-type]
    Company.objects.update(only_holders_grant=rule == "holders")
    alma.company.refresh_from_db()
    to = alma if whom == "himself" else vic
    wanted = Rights(to.role, **{name: VENDORS})  # type: ignore[arg-type]

    if may_give:
        operations.change_rights(to, by=alma, rights=wanted)
    else:
        with pytest.raises(NotAllowed, match="Vendor"):
            operations.change_rights(to, by=alma, rights=wanted)

    right = Right.IMPORT if name == "can_import" else Right.DECIDE
    assert may(Membership.objects.get(pk=to.pk), right, Kind.VENDOR) is may_give
    assert RightsChange.objects.exists() is may_give


@pytest.mark.parametrize("only_holders", [False, True])
def test_who_was_invited_and_never_came_holds_nothing_back(
    company: Company, alma: Membership, only_holders: bool
) -> None:
    """Her address was mistyped: nobody can come in with what she was given, so the company begins once more."""
    gone_astray = operations.invite(
        by=alma, email="adda@x.test", name="Ada", rights=Rights(Role.ADMINISTRATOR, can_export=VENDORS)
    )
    Company.objects.update(only_holders_grant=only_holders)
    alma.company.refresh_from_db()
    require_to_loosen(alma)

    operations.change_rights(alma, by=alma, rights=Rights(alma.role, can_export=VENDORS))

    assert may(Membership.objects.get(pk=alma.pk), Right.DECIDE, Kind.VENDOR)
    User.objects.filter(pk=gone_astray.user_id).update(last_login=timezone.now())
    told = Granting(make_member(company, "Bob", Role.ADMINISTRATOR), alma).why_not([Privilege("can_export", "vendor")])
    assert (told != []) is only_holders


def test_who_can_give_it_instead_is_named(company: Company, alma: Membership, ada: Membership) -> None:
    wanted = Rights(Role.ADMINISTRATOR, can_export=VENDORS)
    with pytest.raises(NotAllowed) as alone:
        operations.change_rights(alma, by=alma, rights=wanted)
    make_member(company, "Amir", Role.ADMINISTRATOR)
    with pytest.raises(NotAllowed) as helped:
        operations.change_rights(alma, by=alma, rights=wanted)
    company.only_holders_grant = alma.company.only_holders_grant = True
    company.save()
    with pytest.raises(NotAllowed) as strict:
        operations.change_rights(alma, by=alma, rights=wanted)

    assert alone.value.sentence == (
        "Nobody can give themselves what others have and they do not (Can accept and export: Vendor). Make Ada an "
        "administrator first, who can give it."
    )
    assert helped.value.sentence.endswith("Amir can give it, under People.")
    assert strict.value.sentence == (
        "In this company only an administrator who has it can give it (Can accept and export: Vendor). Make "
        "Ada an administrator first, who can give it."
    )


def test_another_administrator_gives_it_and_that_is_written_down(company: Company, alma: Membership) -> None:
    make_member(company, "Ada", Role.ACCOUNTANT, exports=[Kind.VENDOR])
    amir = make_member(company, "Amir", Role.ADMINISTRATOR)

    operations.change_rights(alma, by=amir, rights=Rights(Role.ADMINISTRATOR, can_export=VENDORS))

    assert may(Membership.objects.get(pk=alma.pk), Right.DECIDE, Kind.VENDOR)
    assert (RightsChange.objects.get().member, RightsChange.objects.get().by) == (alma, amir)


def test_who_has_left_or_works_elsewhere_bars_nobody(
    company: Company, alma: Membership, ada: Membership, other_company: Company
) -> None:
    make_member(other_company, "Otto", Role.ACCOUNTANT, exports=[Kind.VENDOR])
    operations.deactivate(ada, by=alma)

    operations.change_rights(alma, by=alma, rights=Rights(Role.ADMINISTRATOR, can_export=VENDORS))

    assert may(Membership.objects.get(pk=alma.pk), Right.DECIDE, Kind.VENDOR)


def test_what_one_has_stays_and_can_be_taken_away_by_who_has_it_not(
    company: Company, alma: Membership, ada: Membership
) -> None:
    Company.objects.update(only_holders_grant=True)
    alma.company.refresh_from_db()

    operations.change_rights(ada, by=alma, rights=Rights(Role.VIEWER, can_export=VENDORS))

    assert rights_of(Membership.objects.get(pk=ada.pk)) == Rights(Role.VIEWER, can_export=VENDORS)


def test_nobody_is_invited_with_what_may_not_be_given(company: Company, alma: Membership, ada: Membership) -> None:
    wanted = Rights(Role.ACCOUNTANT, can_import=VENDORS)
    Company.objects.update(only_holders_grant=True)
    alma.company.refresh_from_db()
    with pytest.raises(NotAllowed):
        operations.invite(by=alma, email="bob@x.test", name="Bob", rights=wanted)
    Company.objects.update(only_holders_grant=False)
    alma.company.refresh_from_db()

    operations.invite(by=alma, email="bea@x.test", name="Bea", rights=wanted)

    assert not Membership.objects.filter(user__email="bob@x.test").exists()
    assert may(Membership.objects.get(user__email="bea@x.test"), Right.IMPORT, Kind.VENDOR)


def test_nobody_brings_back_with_a_person_what_he_may_not_give(
    company: Company, alma: Membership, ada: Membership
) -> None:
    bea = make_member(company, "Bea", Role.ACCOUNTANT, exports=[Kind.VENDOR])
    operations.deactivate(bea, by=alma)
    Company.objects.update(only_holders_grant=True)
    with pytest.raises(NotAllowed) as refused:
        operations.reactivate(bea, by=alma)
    assert refused.value.sentence == (
        "In this company only an administrator who has it can give it (Can accept and export: Vendor). Make "
        "Ada an administrator first, who can give it. Bea still has it: take it away first, then Bea can be let in "
        "again."
    )
    assert not Membership.objects.get(pk=bea.pk).is_active

    operations.change_rights(bea, by=alma, rights=Rights(Role.ACCOUNTANT))
    operations.reactivate(bea, by=alma)
    assert Membership.objects.get(pk=bea.pk).is_active


def test_who_has_it_himself_lets_a_person_come_back_with_it(company: Company, ada: Membership) -> None:
    amir = make_member(company, "Amir", Role.ADMINISTRATOR, exports=[Kind.VENDOR])
    bea = make_member(company, "Bea", Role.ACCOUNTANT, exports=[Kind.VENDOR])
    operations.deactivate(bea, by=amir)
    Company.objects.update(only_holders_grant=True)
    operations.reactivate(bea, by=amir)
    assert may(Membership.objects.get(pk=bea.pk), Right.DECIDE, Kind.VENDOR)


def test_the_page_offers_no_box_that_would_be_refused_and_says_why(
    client: Client, company: Company, alma: Membership, vic: Membership
) -> None:
    make_member(company, "Ada", Role.ACCOUNTANT, exports=[Kind.VENDOR])
    client.force_login(alma.user)
    off = '<input type="checkbox" name="can_export" value="vendor" aria-label="Can accept and export: Vendor" disabled'

    own, other = (client.get(f"/people/{pk}/").content.decode() for pk in (alma.pk, vic.pk))
    refused = client.post(f"/people/{alma.pk}/", {"role": "administrator", "can_export": ["vendor"]})

    assert (own.count(off), own.count("disabled aria-describedby"), other.count(off)) == (1, 1, 0)
    assert "Make Ada an administrator first, who can give it." in own
    assert refused.status_code == 403
    assert "Make Ada an administrator first, who can give it." in refused.content.decode()


# -- the rule itself -----------------------------------------------------------------------------------------------

STRICT = SETTINGS | {"only_holders_grant": "on"}


def test_only_who_has_a_privilege_loosens_the_rule(
    client: Client, company: Company, alma: Membership, ada: Membership
) -> None:
    client.force_login(alma.user)
    assert client.post("/settings/", STRICT).status_code == 302

    refused = client.post("/settings/", SETTINGS | {"name": "Other"})

    company.refresh_from_db()
    assert (refused.status_code, company.only_holders_grant, company.name) == (403, True, "Harbor Row Builders")
    assert "Make Ada an administrator first, who can." in refused.content.decode()
    operations.change_rights(ada, by=alma, rights=Rights(Role.ADMINISTRATOR, can_export=VENDORS))
    client.force_login(ada.user)
    assert client.post("/settings/", SETTINGS).status_code == 302
    company.refresh_from_db()
    assert not company.only_holders_grant
    labels = [[one["label"] for one in row.changes] for row in RightsChange.objects.filter(action="settings")]
    assert labels == [["Only someone who has a privilege may give it"]] * 2


def test_where_nobody_has_any_anybody_loosens_it(client: Client, company: Company, alma: Membership) -> None:
    client.force_login(alma.user)
    client.post("/settings/", STRICT)

    assert client.post("/settings/", SETTINGS).status_code == 302
