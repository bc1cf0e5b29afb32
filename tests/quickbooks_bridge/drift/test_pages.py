"""The cards on their pages and under the API, and the green that is gone wherever the record stands."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from pytest_django import DjangoAssertNumQueries

from commitments.models import Commitment
from procore_sync.acceptance.models import ErpItem, Notice
from procore_sync.accounts.models import Membership, User
from procore_sync.kit.refusals import InvalidInput
from quickbooks_bridge.drift.answering import give
from quickbooks_bridge.drift_models import Drift
from quickbooks_bridge.importers.operations import link_to
from quickbooks_bridge.models import LedgerName, Link
from tests.factories import make_commitment, make_vendor, synced
from tests.quickbooks_bridge.drift.conftest import Bookkeeper, card_of, stands
from tests.quickbooks_bridge.drift.test_examining import amount, billable
from tests.scenes import kept

LIST = "/quickbooks/changes/"


def as_(member: Membership) -> Client:
    client = Client()
    client.force_login(member.user)
    return client


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


@pytest.fixture
@kept
def card(bookkeeper: Bookkeeper, order: Link) -> Drift:
    """Somebody made line 1 of the order 900.00."""
    bookkeeper.rewrites(order, lambda lines: amount(lines[0], 900.0))
    bookkeeper.heard("PurchaseOrder")
    found = card_of(order)
    assert found
    return found


def test_the_card_stands_in_the_list_with_ours_and_theirs_and_the_menu_counts_it(card: Drift, vic: Membership) -> None:
    page = text(as_(vic), LIST)
    for words in ("SC-001", "Line 1, amount", "1,000.00", "900.00", "Changed there", "heard"):
        assert words in page
    assert "Line 1, amount" not in text(as_(vic), f"{LIST}?view=answered")


def test_in_spanish_the_card_says_so_too_and_a_vendor_called_like_a_word_of_ours_keeps_its_name(
    card: Drift, order: Link, ada: Membership
) -> None:
    fields = [
        *card.fields,
        {"name": "Line.2", "label": "Line 2", "ours": "400.00", "theirs": "taken out"},
        {"name": "Line.3", "label": "Line 3", "ours": "once", "theirs": "3 times"},
        {"name": "PrivateNote", "label": "Our mark in the memo", "ours": "ERP sync a-1 rev 1", "theirs": "not there"},
        {"name": "Line.1.Description", "label": "Line 1, description", "ours": "Slab", "theirs": "taken out"},
        {
            "name": "VendorRef.value",
            "label": "Vendor",
            "ours": "Vendor",
            "theirs": "number 7",
            "refers_to": "Vendor",
            "ours_id": "5",
            "theirs_id": "7",
        },
    ]
    Drift.objects.filter(pk=card.pk).update(fields=fields)
    client = as_(ada)
    before = text(client, LIST)
    User.objects.update(language="es")
    for page in (text(client, LIST), text(client, f"{LIST}{card.pk}/")):
        for words in ("Línea 1, importe", "Línea 2<", ">quitada<", ">una vez<", ">3 veces<", ">no está<", "número 7"):
            assert words in page, words
        for words in ("Line 1", "Line 2", ">once<", "3 times", ">not there<", "number 7", ">Proveedor</td>"):
            assert words not in page, words
        assert page.count(">taken out<") == 1  # what the bookkeeper wrote there
        assert '"En QuickBooks"' in page
        assert ">Vendor</td>" in page
    for words in ("Line 1, amount", ">once<", "3 times", "number 7"):
        assert words in before


def test_the_review_and_the_journal_say_it_in_spanish_and_the_api_in_english(
    card: Drift, order: Link, ada: Membership
) -> None:
    give(card, "accept", by=ada, seen=card.state, note="Agreed. Line 1 stays.")
    User.objects.update(language="es")
    review = text(as_(ada), reverse("acceptance:review", args=[order.item_id]))
    assert "Cambiado en QuickBooks" in review
    assert "Línea 1, importe de “1,000.00” a “900.00”" in review
    assert "Aceptado como lo tiene QuickBooks: Agreed. Line 1 stays." in review
    assert "Line 1, amount" not in review
    journal = text(as_(ada), reverse("acceptance:journal"))
    assert "Aceptado como lo tiene QuickBooks: Agreed. Line 1 stays." in journal
    answer = as_(ada).get(f"/api/v1/drifts/{card.pk}/")
    assert "Line 1, amount" in answer.content.decode()


def test_each_approver_is_told_of_it_in_his_own_language(bookkeeper: Bookkeeper, order: Link, ada: Membership) -> None:
    User.objects.filter(pk=ada.user_id).update(language="es")
    bookkeeper.rewrites(order, lambda lines: amount(lines[0], 900.0))
    bookkeeper.heard("PurchaseOrder")
    told = Notice.objects.get(member=ada, about="drift")
    assert "Línea 1, importe de “1,000.00” a “900.00”" in told.line
    assert "Cambiado en QuickBooks" in told.line


def test_the_list_says_where_a_card_is_answered_to_whom_may_answer_it(
    card: Drift, ada: Membership, max_pm: Membership, vic: Membership
) -> None:
    button = f'<a class="btn small push" href="{LIST}{card.pk}/">Answer it<span class="sr"> '
    assert button in text(as_(ada), LIST)
    assert button in text(as_(max_pm), LIST)  # who may send ours again
    assert button not in text(as_(vic), LIST)
    give(card, "ignore", by=ada, seen=card.state)
    assert button not in text(as_(ada), f"{LIST}?view=answered")


def test_amounts_that_differ_stand_under_each_other_and_words_do_not(
    bookkeeper: Bookkeeper, card: Drift, vendor: Link, vic: Membership
) -> None:
    assert '<td data-label="Ours" class="num">1,000.00</td>' in text(as_(vic), f"{LIST}{card.pk}/")
    bookkeeper.writes(vendor, Active=False)
    bookkeeper.heard("Vendor")
    found = card_of(vendor)
    assert found
    assert '<td data-label="Ours">Yes</td>' in text(as_(vic), f"{LIST}{found.pk}/")


def test_the_card_of_a_name_made_inactive_says_that_it_is_there_and_how_simply_it_is_cured(
    bookkeeper: Bookkeeper, vendor: Link, ada: Membership
) -> None:
    bookkeeper.writes(vendor, Active=False)
    bookkeeper.heard("Vendor")
    found = card_of(vendor)
    assert found
    page = text(as_(ada), f"{LIST}{found.pk}/")
    assert "unlinked from what is gone" not in page
    assert "The record is unlinked from what is inactive there, and can be sent anew." in page
    assert "Making it active again in QuickBooks is enough: the card ends by itself." in page

    client = as_(ada)
    User.objects.update(language="es")
    page = text(client, f"{LIST}{found.pk}/")
    assert ">Sí</td>" in page
    assert ">Activo</th>" in page
    for heard_by in ("the changes", "the whole list", "a webhook", "a look for it", "the link to another"):
        Drift.objects.update(heard_by=heard_by)
        assert heard_by not in text(client, f"{LIST}{found.pk}/")
    review = text(client, reverse("acceptance:review", args=[vendor.item_id]))
    assert ">Yes<" not in review


def test_the_record_has_lost_its_green_in_the_inbox_on_its_page_and_in_the_review(
    card: Drift, order: Link, subcontract: Commitment, vic: Membership
) -> None:
    client = as_(vic)
    review = text(client, reverse("acceptance:review", args=[order.item_id]))
    assert "Changed in QuickBooks on" in review
    assert f'href="{LIST}{card.pk}/"' in review
    assert 'class="verified"' not in review
    for address in (
        reverse("acceptance:inbox") + "?view=synced&kind=commitment",
        reverse("commitments:commitments"),
        reverse("commitments:commitment", args=[subcontract.pk]),
    ):
        page = text(client, address)
        assert "Differs in QuickBooks" in page, address
        assert 'class="status good"' not in page, address


def test_the_record_s_pages_write_the_number_that_quickbooks_gave_as_it_is_typed(order: Link, vic: Membership) -> None:
    client = as_(vic)
    page = text(client, reverse("commitments:commitment", args=[order.item.commitment.pk]))
    assert f"Purchase order #{order.remote_id} in QuickBooks, compared" in page
    review = text(client, reverse("acceptance:review", args=[order.item_id]))
    assert f'SC-001, <span class="mono">#{order.remote_id}</span>' in review


def test_an_approver_answers_on_the_card_and_what_he_said_stays(
    card: Drift, order: Link, ada: Membership, vic: Membership
) -> None:
    client = as_(ada)
    page = text(client, f"{LIST}{card.pk}/")
    assert [name for name in ("accept", "send", "relink", "ignore") if f'id="answer-{name}"' in page] == [
        "accept",
        "relink",
        "ignore",
    ]
    given = {"answer": "accept", "seen": card.state}
    assert client.post(f"{LIST}{card.pk}/answer/", given).status_code == 422
    assert client.post(f"{LIST}{card.pk}/answer/", {**given, "note": "By phone."}).status_code == 302
    assert stands(order) == ("accepted", True)
    assert "Theirs was accepted by Ada" in text(client, f"{LIST}?view=answered")
    review = text(as_(vic), reverse("acceptance:review", args=[order.item_id]))
    assert "As QuickBooks has it, accepted by Ada: By phone." in review
    again = client.post(f"{LIST}{card.pk}/answer/", {**given, "note": "Once more."})
    assert (again.status_code, b"answered already" in again.content) == (409, True)


def typed(bookkeeper: Bookkeeper, order: Link, number: str, **more: Any) -> dict[str, Any]:
    """Another order that the bookkeeper types by hand."""
    held = bookkeeper.held(order)
    copy = {name: value for name, value in held.items() if name not in ("Id", "SyncToken", "MetaData")}
    lines = [{name: value for name, value in line.items() if name not in ("Id", "LineNum")} for line in held["Line"]]
    return bookkeeper.emulator.write("PurchaseOrder", {**copy, "Line": lines, "DocNumber": number, **more})


def tried(client: Client, card: Drift, status: int, **given: str) -> tuple[str, str]:
    """The card after an answer that was refused: the whole page, and the part of that answer."""
    answer = client.post(f"{LIST}{card.pk}/answer/", {"seen": card.state, **given})
    page = " ".join(answer.content.decode().split())
    assert (answer.status_code, 'id="changes"' in page) == (status, True)
    return page, page.split(f'id="answer-{given["answer"]}"')[-1].split("</section>")[0]


def test_a_wrong_number_is_told_once_at_its_field_of_the_card_and_what_was_typed_stands_there(
    card: Drift, ada: Membership
) -> None:
    page, part = tried(as_(ada), card, 422, answer="relink", to="SC-9", note="Typed anew.")
    told = "QuickBooks holds no other purchase order of the number SC-9."
    assert (page.count(told), part.count(told)) == (1, 1)
    assert 'value="SC-9"' in part
    assert 'aria-invalid="true"' in part
    assert "> Typed anew.</textarea>" in part
    assert page.count("Typed anew.") == 1, "of the answer that was tried alone"
    page, part = tried(as_(ada), card, 422, answer="relink", to="#987", note="")
    assert "QuickBooks holds no purchase order of the id #987." in part
    page, part = tried(as_(ada), card, 422, answer="accept", note="  ")
    assert page.count("Say why: whoever looks at this record later reads it.") == 1


def test_of_more_names_than_a_list_can_hold_the_one_that_is_meant_is_typed(
    bookkeeper: Bookkeeper, vendor: Link, ada: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    bookkeeper.writes(vendor, Active=False)
    bookkeeper.heard("Vendor")
    card, client = Drift.objects.get(), as_(ada)
    monkeypatch.setattr("quickbooks_bridge.drift.selectors.MOST_TO_CHOOSE", 3)
    page = text(client, f"{LIST}{card.pk}/")
    assert "<select" not in page.split('id="answer-relink"')[1].split("</section>")[0]
    assert "Its whole name in QuickBooks, or its id with “#” before it." in page
    _, part = tried(client, card, 422, answer="relink", to="Nobody & Sons")
    assert "QuickBooks holds no other vendor of the name “Nobody &amp; Sons”, as far as names were read." in part
    other, twin = LedgerName.objects.filter(entity="Vendor", active=True).exclude(remote_id=vendor.remote_id)[:2]
    LedgerName.objects.filter(pk=twin.pk).update(fully_qualified_name=other.fully_qualified_name)
    _, part = tried(client, card, 422, answer="relink", to=other.name)
    assert all(f"#{one.remote_id}" in part for one in (other, twin))
    LedgerName.objects.filter(pk=twin.pk).update(fully_qualified_name="Another one")
    named = {"answer": "relink", "seen": card.state, "to": other.name.upper()}
    assert client.post(f"{LIST}{card.pk}/answer/", named).status_code == 302
    vendor.refresh_from_db()
    assert vendor.remote_id == other.remote_id


def test_a_name_of_digits_is_not_taken_for_the_id_of_another(
    bookkeeper: Bookkeeper, vendor: Link, ada: Membership
) -> None:
    bookkeeper.writes(vendor, Active=False)
    bookkeeper.heard("Vendor")
    card, client = Drift.objects.get(), as_(ada)
    other, named = LedgerName.objects.filter(entity="Vendor", active=True).exclude(remote_id=vendor.remote_id)[:2]
    LedgerName.objects.filter(pk=named.pk).update(fully_qualified_name=other.remote_id)
    assert f'<option value="#{other.remote_id}"' in text(client, f"{LIST}{card.pk}/")

    _, part = tried(client, card, 422, answer="relink", to=other.remote_id)
    with pytest.raises(InvalidInput, match=f"#{named.remote_id}, #{other.remote_id}"):
        give(card, "relink", by=ada, seen=card.state, to=other.remote_id)
    vendor.refresh_from_db()
    assert (vendor.remote_id, "aria-invalid" in part) == (card.remote_id, True)

    give(card, "relink", by=ada, seen=card.state, to=f"#{other.remote_id}")
    vendor.refresh_from_db()
    assert vendor.remote_id == other.remote_id


def test_a_name_of_digits_alone_is_typed_as_it_is(bookkeeper: Bookkeeper, vendor: Link, ada: Membership) -> None:
    bookkeeper.writes(vendor, Active=False)
    bookkeeper.heard("Vendor")
    card = Drift.objects.get()
    other = LedgerName.objects.filter(entity="Vendor", active=True).exclude(remote_id=vendor.remote_id)[0]
    LedgerName.objects.filter(pk=other.pk).update(fully_qualified_name="15400")

    give(card, "relink", by=ada, seen=card.state, to="15400")

    vendor.refresh_from_db()
    assert vendor.remote_id == other.remote_id


def test_what_a_merge_went_into_is_told_by_its_name_where_quickbooks_does_not_say_it(
    bookkeeper: Bookkeeper, vendor: Link, ada: Membership
) -> None:
    bookkeeper.gone(vendor)
    card, client = Drift.objects.get(), as_(ada)
    _, part = tried(client, card, 422, answer="follow", to="")
    assert "QuickBooks does not say what it was merged into. Choose which one it is." in part
    other = LedgerName.objects.filter(entity="Vendor", active=True).exclude(remote_id=vendor.remote_id)[0]
    told = {"answer": "follow", "seen": card.state, "to": other.name}
    assert client.post(f"{LIST}{card.pk}/answer/", told).status_code == 302
    card.refresh_from_db()
    vendor.refresh_from_db()
    assert (card.answer, card.into_id, vendor.remote_id) == ("followed", other.remote_id, other.remote_id)


def test_of_several_orders_of_one_number_each_is_told_by_its_day_as_everywhere(
    bookkeeper: Bookkeeper, card: Drift, order: Link, ada: Membership
) -> None:
    first, second = (typed(bookkeeper, order, "TWICE", TxnDate=day) for day in ("2026-03-01", "2026-10-31"))
    _, part = tried(as_(ada), card, 422, answer="relink", to="TWICE")
    assert f"#{first['Id']} of 1 Mar 2026, #{second['Id']} of 31 Oct 2026. Say which one." in part


def test_what_stands_against_an_answer_is_told_on_the_card_with_what_was_typed_and_a_way_on(
    bookkeeper: Bookkeeper, card: Drift, order: Link, subcontract: Commitment, ada: Membership, max_pm: Membership
) -> None:
    made = typed(bookkeeper, order, "SC-071")
    item = synced(make_commitment(max_pm, project=subcontract.project, vendor=subcontract.vendor)).erp
    other = Link.objects.create(company=item.company, item=item, entity="PurchaseOrder", remote_id=made["Id"])
    page, part = tried(as_(ada), card, 409, answer="relink", to="SC-071", note="Mine.")
    assert page.count("Two records cannot be one in QuickBooks") == 1
    assert f'href="{reverse("acceptance:review", args=[other.item_id])}"' in page.split('id="changes"')[0]
    assert "> Mine.</textarea>" in part


def test_a_document_of_another_vendor_is_refused_at_its_field_and_by_the_api_alike(
    bookkeeper: Bookkeeper, card: Drift, order: Link, vendor: Link, ada: Membership
) -> None:
    other = next(one for one in bookkeeper.emulator.documents("Vendor") if one["Id"] != vendor.remote_id)
    made = typed(bookkeeper, order, "SC-071", VendorRef={"value": other["Id"]})
    told = f"#{made['Id']} is another vendor&#x27;s in QuickBooks ({escape(other['DisplayName'])})"
    _, part = tried(as_(ada), card, 422, answer="relink", to="SC-071")
    assert part.count(told) == 1
    given = {"answer": "relink", "seen": card.state, "to": "SC-071"}
    answer = as_(ada).post(f"/api/v1/drifts/{card.pk}/answer/", json.dumps(given), "application/json")
    assert (answer.status_code, "is another vendor's in QuickBooks" in str(answer.json())) == (422, True)


def test_a_merge_into_another_record_of_ours_says_so_in_place_of_its_form(
    bookkeeper: Bookkeeper, vendor: Link, ada: Membership, max_pm: Membership
) -> None:
    row = LedgerName.objects.filter(entity="Vendor", active=True).exclude(remote_id=vendor.remote_id)[0]
    second = make_vendor(max_pm, "Second").erp
    link_to(row, second, by=ada)
    bookkeeper.gone(vendor, row.remote_id)
    card = card_of(vendor)
    assert card
    part = text(as_(ada), f"{LIST}{card.pk}/").split('id="answer-follow"')[1].split("</section>")[0]
    assert "That one is Vendor Second here already." in part
    assert f'href="{reverse("acceptance:review", args=[second.pk])}"' in part
    assert "<form" not in part


def test_a_card_that_was_rewritten_meanwhile_is_shown_as_it_is_now_with_what_was_typed(
    bookkeeper: Bookkeeper, card: Drift, order: Link, ada: Membership
) -> None:
    bookkeeper.rewrites(order, lambda lines: amount(lines[0], 850.0))
    bookkeeper.heard("PurchaseOrder")
    page, part = tried(as_(ada), card, 409, answer="accept", note="By phone.")
    assert page.count("It was changed in QuickBooks again since you opened it.") == 1
    assert "850.00" in page
    assert "> By phone.</textarea>" in part
    assert f'value="{Drift.objects.get(pk=card.pk).state}"' in part
    assert not Drift.objects.get(pk=card.pk).answer


def test_what_is_billable_is_told_in_words(bookkeeper: Bookkeeper, order: Link, vic: Membership) -> None:
    bookkeeper.rewrites(order, billable)
    bookkeeper.heard("PurchaseOrder")
    page = text(as_(vic), LIST)
    assert "Line 1, billable status" in page
    assert 'data-label="Ours">Not billable<' in page
    assert ">Billable<" in page


def test_days_that_differ_are_written_as_everywhere(
    bookkeeper: Bookkeeper, card: Drift, order: Link, ada: Membership
) -> None:
    bookkeeper.writes(order, TxnDate="2026-10-31")
    bookkeeper.heard("PurchaseOrder")
    page = text(as_(ada), f"{LIST}{card.pk}/")
    assert "31 Oct 2026</td>" in page
    assert "2026-10-31" not in page


def test_whoever_decides_on_ours_that_is_sent_again_reads_what_it_writes_over(
    card: Drift, order: Link, max_pm: Membership, ada: Membership
) -> None:
    give(card, "send", by=max_pm, seen=card.state)
    review = text(as_(ada), reverse("acceptance:review", args=[order.item_id])).split(
        "What QuickBooks holds differently"
    )
    assert "Ours was sent again by Max" in review[0]
    assert "See what was changed" in review[0]
    assert '<del><span class="sr">was </span>1,000.00</del> <ins><span class="sr">now </span>900.00</ins>' in review[-1]


def test_a_merged_one_is_named_with_what_it_was_merged_into(
    bookkeeper: Bookkeeper, vendor: Link, ada: Membership, vic: Membership
) -> None:
    other = LedgerName.objects.filter(entity="Vendor", active=True).exclude(remote_id=vendor.remote_id).first()
    assert other
    bookkeeper.gone(vendor, into=other.remote_id)
    page = text(as_(ada), f"{LIST}{Drift.objects.get().pk}/")
    assert f"it was merged into “{escape(other.name)}”, #{other.remote_id}." in page


def test_what_was_ignored_is_taken_up_again_on_its_card(card: Drift, ada: Membership, vic: Membership) -> None:
    client, here = as_(ada), f"{LIST}{card.pk}/"
    client.post(f"{here}answer/", {"answer": "ignore", "seen": card.state})
    assert "Answer it after all" in text(client, here)
    assert "Answer it after all" not in text(as_(vic), here)
    answer = client.post(f"{here}answer/", {"answer": "reopen", "seen": card.state}, follow=True)
    assert (answer.redirect_chain, answer.status_code) == ([(here, 302)], 200)
    assert "can be answered again" in answer.content.decode()
    assert 'id="answer-accept"' in answer.content.decode()


def test_a_card_that_cannot_be_unlinked_says_so_instead_of_asking_why(
    bookkeeper: Bookkeeper, order: Link, bill: Link, ada: Membership
) -> None:
    assert bill.entity == "Bill"
    bookkeeper.gone(order)
    page = text(as_(ada), f"{LIST}{Drift.objects.get().pk}/")
    unlinking = page.split('id="answer-unlink"')[1].split("</section>")[0]
    assert "is billed: application 1 is made of its lines" in unlinking
    assert "<textarea" not in unlinking
    assert 'href="/invoices/' in unlinking


def test_who_may_not_answer_is_told_who_does(card: Drift, vic: Membership) -> None:
    page = text(as_(vic), f"{LIST}{card.pk}/")
    assert "An accounting approver of this kind of record answers it." in page
    assert "<textarea" not in page


def test_a_private_record_s_card_is_not_there_for_others(card: Drift, order: Link, vic: Membership) -> None:
    ErpItem.objects.filter(pk=order.item_id).update(is_private=True)
    client = as_(vic)
    assert "Line 1, amount" not in text(client, LIST)
    text(client, f"{LIST}{card.pk}/", 404)
    assert client.get("/api/v1/drifts/").json()["results"] == []


def test_the_api_answers_with_the_same_refusals(card: Drift, order: Link, ada: Membership) -> None:
    client = as_(ada)
    (told,) = client.get("/api/v1/drifts/?view=open").json()["results"]
    assert told["fields_changed"][-1] == {
        "name": "Line.1.Amount",
        "label": "Line 1, amount",
        "ours": "1000.00",
        "theirs": "900.00",
    }
    assert [one["answer"] for one in told["offers"]] == ["accept", "relink", "ignore"]
    assert {one["where"] for one in told["offers"]} == {""}

    def answer(**given: str) -> Any:
        address = f"/api/v1/drifts/{card.pk}/answer/"
        return client.post(address, json.dumps(given), "application/json")

    stale = answer(answer="ignore", seen="something else")
    assert (stale.status_code, "again since you opened it" in stale.content.decode()) == (409, True)
    assert answer(answer="accept", seen=card.state).status_code == 422
    done = answer(answer="ignore", seen=card.state)
    assert (done.status_code, done.json()["answer"]) == (200, "ignored")


def test_many_cards_cost_as_many_queries_as_one(
    card: Drift, vic: Membership, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = as_(vic)
    for number in range(20):
        Drift.objects.create(
            company_id=card.company_id,
            item=card.item,
            entity="PurchaseOrder",
            remote_id=str(number),
            what="changed",
            fields=card.fields,
            state=str(number),
            heard_by="a test",
            heard_at=card.heard_at,
        )
    with django_assert_max_num_queries(16):
        assert text(client, LIST).count("data-row") == 21
