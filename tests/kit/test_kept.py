"""What is kept in English with a record, in the words of who reads it."""

from __future__ import annotations

import ast
import re

import polib
import pytest
from django.conf import settings
from django.template import Context, Template
from django.utils.translation import override

from procore_sync.acceptance.courier import Fact
from procore_sync.help.errors import sections
from procore_sync.kit import kept
from procore_sync.kit.kinds import Kind
from quickbooks_bridge.client.faults import CATALOGUE, FaultError, FaultKind, sentence_for
from quickbooks_bridge.client.wire import Answer
from quickbooks_bridge.exporters.registry import exporter_for
from quickbooks_bridge.outcomes import done
from quickbooks_bridge.reconciling.foreign import why_of_bill, why_of_order
from tests import messages

FOLDERS = ("procore_sync/acceptance", "quickbooks_bridge")
#: Put together out of pieces; `test_what_is_put_together_…` has them made.
PIECED = ("QuickBooks holds it", "QuickBooks already has", "It takes off", "It promises", "%(project)s has an estimate")


def in_spanish(sentence: str) -> str:
    with override("es"):
        return kept.in_the_readers_words(sentence)


def written() -> set[str]:
    """Every text of the code that keeps sentences; {} for what is put into it."""
    found = set()
    for folder in FOLDERS:
        for path in (settings.BASE_DIR / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.JoinedStr):
                    pieces = (one.value if isinstance(one, ast.Constant) else "{}" for one in node.values)
                    found.add("".join(map(str, pieces)))
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.add(node.value)
    return found


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        (
            "QuickBooks holds it as PurchaseOrder 16, as it was accepted.",
            "QuickBooks lo tiene como Orden de compra 16, tal como se aceptó.",
        ),
        (
            "QuickBooks already has a vendor, customer or employee of the name “Day, Inc. 5 %”, and nothing here shows "
            "that this console made it. If it is the same, link the record to it; if not, reject this one so that its "
            "name can be changed.",
            "QuickBooks ya tiene un proveedor, cliente o empleado con el nombre «Day, Inc. 5 %», y nada aquí muestra "
            "que esta consola lo creó. Si es el mismo, vincule el registro con él; si no, rechace este para que se le "
            "pueda cambiar el nombre.",
        ),
        (
            "Waiting for cost code 03-300 Slabs; decks to be in QuickBooks; it is sent.",
            "Espera a que código de costo 03-300 Slabs; decks esté en QuickBooks; ahora: enviado.",
        ),
        ("Somebody's own words, 100 % his.", "Somebody's own words, 100 % his."),
        ("", ""),
    ],
)
def test_a_kept_sentence_is_read_in_spanish_and_what_it_names_stays(sentence: str, said: str) -> None:
    assert in_spanish(sentence) == said


def test_in_english_it_stands_as_it_is_but_for_a_name_that_is_for_programs() -> None:
    held = "QuickBooks holds it as PurchaseOrder 16, as it was accepted."
    spelt = "PurchaseOrder 16 is nothing of ours, as it was accepted."

    assert kept.in_the_readers_words(held) == "QuickBooks holds it as Purchase order 16, as it was accepted."
    assert kept.in_the_readers_words(spelt) == spelt


def test_every_form_is_a_sentence_of_the_code() -> None:
    texts = written()
    forms = [one for one in kept.FORMS if not one.startswith(PIECED)]
    assert len(forms) > 5
    assert [one for one in forms if re.sub(r"%\(\w+\)s", "{}", one) not in texts] == []


def test_what_is_put_together_has_a_form_too() -> None:
    told = done("Bill", Answer(200, "", {}, 0), {"Id": "7"}, [])
    whys = [why_of_bill("Bill", "", is_twin=True), why_of_bill("Bill", "", is_twin=False)]
    for of in ("", "Lofts"):
        whys += [why_of_bill("Bill", of, is_twin=False), why_of_bill("VendorCredit", of, is_twin=False)]
        whys += [why_of_order("Estimate", of), why_of_order("PurchaseOrder", of)]
    for sentence in (told.sentence, *whys):
        assert in_spanish(sentence) != sentence


def test_what_quickbooks_itself_says_stays_and_what_we_say_of_it_is_read_in_spanish() -> None:
    entry = next(one for one in CATALOGUE.values() if one.kind is FaultKind.MISSING)
    said = in_spanish(sentence_for(entry, (FaultError("610", detail="Object Not Found"),)))
    assert said.endswith("QuickBooks dice: Object Not Found (610).")
    assert not said.startswith(entry.sentence)


def test_every_error_of_the_catalogue_can_be_read_in_spanish() -> None:
    spanish = {one.msgid: one.msgstr for one in polib.pofile(str(messages.CATALOGUE))}
    told = {text for section in sections() for one in section.errors for text in (one.sentence, one.cure) if text}
    assert sorted(one for one in told if not spanish.get(one)) == []


def in_spanish_title(title: str) -> str:
    with override("es"):
        return kept.title_in_the_readers_words(title)


def test_every_title_of_a_posting_is_read_in_spanish_with_its_own_name_as_it_is() -> None:
    called = {exporter_for(kind, {"as_credit": one}).noun for kind in Kind for one in ("", "yes")}
    assert called == {"item", "vendor", "customer", "estimate", "purchase order", "bill", "vendor credit"}
    for noun in called:
        for verb in ("New", "Change"):
            said = in_spanish_title(f"{verb} {noun} A bill by Vendor 5 %")
            assert said.startswith(("Nuev", "Cambiar ")), noun
            assert said.endswith(" A bill by Vendor 5 %" if noun != "purchase order" else "Vendor 5 %"), noun
    for noun in ("purchase order", "bill", "vendor credit"):
        assert in_spanish_title(f"Replace {noun} SC-1").startswith("Reemplazar ")
    assert in_spanish_title("New vendor credit A-1") == "Nuevo crédito de proveedor A-1"
    assert in_spanish_title("Change purchase order SC-042 by CO-3") == "Cambiar la orden de compra SC-042 con CO-3"
    assert in_spanish_title("Somebody's own title") == "Somebody's own title"
    assert kept.title_in_the_readers_words("New bill A-1") == "New bill A-1"


def test_the_page_reads_the_title_and_our_words_among_the_facts() -> None:
    page = Template("{% load console %}{{ title|kept_title }}{% for one in facts %}; {{ one|told }}{% endfor %}")
    facts = [
        Fact("The old order is", "deleted"),
        Fact("Terms", "(cleared)"),
        Fact("Tax", "GST, not chosen yet; QuickBooks adds it on top of this total"),
        Fact("Number", "deleted"),
    ]
    with override("es"):
        said = page.render(Context({"title": "New bill A-1", "facts": facts}))
    assert said == (
        "Nueva factura por pagar A-1; eliminada; (vacío); GST, not chosen yet; QuickBooks lo suma a este total; deleted"
    )
    assert "kept_title" in (settings.BASE_DIR / "templates/acceptance/_posting.html").read_text()
