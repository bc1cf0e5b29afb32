"""What is kept in English with a record, in the words of who reads it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from types import SimpleNamespace

import polib
import pytest
from django.conf import settings
from django.template import Context, Template
from django.utils.translation import gettext, override

from procore_sync.acceptance.courier import Fact
from procore_sync.help.errors import sections
from procore_sync.kit import kept
from procore_sync.kit import kept_forms as forms
from procore_sync.kit.kept import called_in_the_readers_words
from procore_sync.kit.kinds import Kind
from quickbooks_bridge.client.faults import CATALOGUE, FaultError, FaultKind, sentence_for
from quickbooks_bridge.client.wire import Answer
from quickbooks_bridge.drift_models import What
from quickbooks_bridge.exporters.registry import exporter_for
from quickbooks_bridge.flights import _one_of
from quickbooks_bridge.outcomes import done
from quickbooks_bridge.reconciling.foreign import why_of_bill, why_of_order
from tests import messages

FOLDERS = ("procore_sync/acceptance", "quickbooks_bridge")
#: Put together out of pieces; `test_what_is_put_together_…` has them made.
PIECED = (
    *("QuickBooks already has", "It reduces", "It promises", "%(project)s has an estimate", "%(books)s and "),
    *forms.LISTS,
)
#: Forms by where they are looked for, and how they are read there.
PLACES: tuple[tuple[tuple[str, ...], Callable[[str], str]], ...] = (
    (forms.FORMS, kept.in_the_readers_words),
    (forms.REMARKS, kept.remark_in_the_readers_words),
    (forms.REFUSALS, kept.refusal_in_the_readers_words),
    (forms.GONE, kept.remark_in_the_readers_words),
    (forms.TITLES, kept.title_in_the_readers_words),
    (forms.ALONE, kept.alone_in_the_readers_words),
    (
        forms.AFTER_THEIRS,
        lambda text: kept.in_the_readers_words(f"No. QuickBooks says: No (6). {text}").partition("(6). ")[2],
    ),
    *((told, lambda text, name=name: kept._read(name, text)) for name, told in {**forms.LISTED, **forms.HOLDS}.items()),
)
#: What an open placeholder may hold, and how it is read in Spanish.
SAMPLES = {
    "label": ("Quantity", "Cantidad"),
    "field": ("quantity", "cantidad"),
    "status": ("draft", "borrador"),
    "verb": ("accepted", "aceptado"),
    "done": ("retrieved", "retirado"),
    "list": ("a vendor, customer or employee", "un proveedor, cliente o empleado"),
    "entity": ("PurchaseOrder", "Orden de compra"),
    "other_entity": ("VendorCredit", "Crédito de proveedor"),
    "key": ("C2.1", "C2.1"),
}
#: What reads like a sentence and is kept nowhere: for logs, commands, mails, files and whoever programs.
SAID_ONLY = (
    *("A batch has", "A request id has", "Each item of a batch", "The answer holds", "QuickBooks does not report"),
    *("QuickBooks remembers", "{} is not", "{} is a {}, which", "{} is {}, which", "{} has a key", "{} has no lines"),
    *("{} must be an https", "No exporter serves", "No installed app", "The courier told", "What is younger than"),
    *("Row {} ", "The journal ", "Records of the kind", "{} QuickBooks says:"),
)


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
            "QuickBooks ya tiene un proveedor, cliente o empleado con el nombre “Day, Inc. 5 %”, y nada aquí muestra "
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
    texts = {bare(one) for one in written()}
    told = {
        *forms.FORMS,
        *forms.REFUSALS,
        *forms.REMARKS,
        *forms.GONE,
        *forms.AFTER_THEIRS,
        *forms.DOCUMENTS,
        *forms.ALONE,
    }
    told |= {one for held in forms.HOLDS.values() for one in held}
    known = (
        {"Yes", "No", "Active", "Is a job"}
        | {one.label for one in Kind}
        | {one.label.lower() for one in Kind}
        | {one.label for one in What}
    )
    assert len(told) > 120
    assert [one for one in told - known if not one.startswith(PIECED) and bare(one) not in texts] == []
    assert set(forms.WHATS) == {one.label for one in What}


def bare(form: str) -> str:
    return re.sub(r"%\(\w+\)s", "{}", form)


def made(form: str, turn: int) -> tuple[str, str]:
    """`form` with something in each place, in English and in Spanish; `turn` says which of what it may hold."""
    places = {name: held(name, turn) for name in re.findall(r"%\((\w+)\)s", form)}
    english = {name: pair[0] for name, pair in places.items()}
    with override("es"):
        spanish = gettext(form) % {name: pair[1] for name, pair in places.items()} if form else ""
        return form % english, kept._word(form) if spanish == form and not places else spanish


def held(name: str, turn: int) -> tuple[str, str]:
    if name in SAMPLES:
        return SAMPLES[name]
    if name in forms.LISTED:
        several = [made(one, turn) for one in forms.LISTED[name]]
        return "; ".join(one for one, _ in several), "; ".join(one for _, one in several)
    if name in forms.HOLDS:
        return made(forms.HOLDS[name][turn % len(forms.HOLDS[name])], turn)
    digits = dict.fromkeys(("count", "minutes", "status_code", "tries", "times", "id"), "3")
    value = {**digits, "day": "2026-10-31"}.get(name, f"St. Mary, {name} 5 %")
    return value, value


@pytest.mark.parametrize("turn", range(3))
@pytest.mark.parametrize("place", range(len(PLACES)))
def test_every_form_is_the_first_that_its_own_sentence_fits(place: int, turn: int) -> None:
    told, reading = PLACES[place]
    for form in told:
        english, spanish = made(form, turn)
        with override("es"):
            assert reading(english) == spanish, form


@pytest.mark.parametrize("turn", range(3))
def test_sentences_that_are_kept_one_behind_another_are_each_read(turn: int) -> None:
    several = [made(form, turn) for form in forms.FORMS if form.endswith(".")]
    for (one, eine), (other, andere) in pairwise(several):
        # What was changed is a whole comment of the journal, and never two.
        if "; 3 more." not in one or "; 3 more." not in other:
            assert in_spanish(f"{one} {other}") == f"{eine} {andere}"


def test_a_sentence_of_an_english_reader_is_held_against_few_forms_and_one_of_a_spanish_reader_not_against_all() -> (
    None
):
    assert len(kept._spelt(forms.FORMS)) < 12
    most = max(map(len, kept._by_beginning(forms.FORMS).values()))
    assert most + len(kept._by_beginning(forms.FORMS)[""]) < len(forms.FORMS) * 0.6


def test_every_sentence_of_the_code_that_names_something_has_its_form() -> None:
    told = {bare(one) for one in (*forms.FORMS, *forms.REFUSALS, *forms.REMARKS, *forms.GONE)}
    assert (
        sorted(one for one in sentences() if one not in told and not one.startswith((*SAID_ONLY, *map(bare, PIECED))))
        == []
    )


def sentences() -> Iterator[str]:
    """What the code puts together that reads like a sentence."""
    for folder in FOLDERS:
        for path in sorted((settings.BASE_DIR / folder).rglob("*.py")):
            if {"emulator", "migrations", "management", "auditing"} & set(path.parts):
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.JoinedStr):
                    text = "".join(str(one.value) if isinstance(one, ast.Constant) else "{}" for one in node.values)
                    if text.endswith(".") and "{}" in text and re.search("[a-z]{2,} [a-z]", text):
                        yield text


def test_what_is_put_together_has_a_form_too() -> None:
    told = done("Bill", Answer(200, "", {}, 0), {"Id": "7"}, [])
    whys = [why_of_bill("Bill", "", is_twin=True), why_of_bill("Bill", "", is_twin=False)]
    for of in ("", "Lofts"):
        whys += [why_of_bill("Bill", of, is_twin=False), why_of_bill("VendorCredit", of, is_twin=False)]
        whys += [why_of_order("Estimate", of), why_of_order("PurchaseOrder", of)]
    for sentence in (told.sentence, *whys):
        assert in_spanish(sentence) != sentence
    for entities in (("Vendor", "Customer", "Employee"), ("Customer", "Vendor", "Employee"), ("Item",)):
        assert _one_of([*entities]) in forms.LISTS


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


@pytest.mark.parametrize(
    ("action", "comment", "said"),
    [
        (
            "unlink",
            "The wrong one. QuickBooks no longer holds the bill “No. 7”.",
            "The wrong one. QuickBooks ya no tiene: factura por pagar “No. 7”.",
        ),
        (
            "link",
            "Linked to the bill 7 of Acme Inc., as a whole: its lines are not ours. Taken up again.",
            "Vinculado como un todo con factura por pagar 7 de Acme Inc.: sus líneas no son nuestras. Taken up again.",
        ),
        ("link", "Linked to the purchase order 7 of nobody.", "Vinculado con orden de compra 7 de nadie."),
        ("remark", "Taken up again: Waiting is over.", "Retomado: Waiting is over."),
        (
            "remark",
            "Linked to Bill 9 of QuickBooks instead.",
            "Vinculado en su lugar con Factura por pagar 9 de QuickBooks.",
        ),
        ("comment", "Taken up again.", "Taken up again."),
        ("reject", "Changed in QuickBooks.", "Changed in QuickBooks."),
    ],
)
def test_in_the_journal_a_person_s_own_words_stay_beside_what_the_console_wrote_for_him(
    action: str, comment: str, said: str
) -> None:
    page = Template("{% load console %}{% autoescape off %}{{ event|commented }}{% endautoescape %}")
    event = {"by": "Ada Chen", "action": action, "comment": comment}
    with override("es"):
        assert page.render(Context({"event": SimpleNamespace(**event)})) == said
    with override("en"):
        assert page.render(Context({"event": SimpleNamespace(**event)})) == comment


def test_what_quickbooks_says_stays_between_what_we_say_before_and_behind_it() -> None:
    said = in_spanish(
        "QuickBooks refused it. QuickBooks says: Deleted. Something is gone (610). "
        "Vendor Acme was deleted in QuickBooks."
    )
    assert said.endswith("QuickBooks dice: Deleted. Something is gone (610). Proveedor Acme se eliminó en QuickBooks.")


def test_a_value_is_never_taken_for_a_word_of_ours() -> None:
    told = (
        "QuickBooks holds it as Vendor 7, but not as it was accepted: Name was sent as “Vendor; Co. Line 3” and stands "
        "as “not there”; Line 2, description was sent as “once” and stands as “taken out”. Look at it in QuickBooks, "
        "then try again to send it once more."
    )
    assert in_spanish(told) == (
        "QuickBooks lo tiene como Proveedor 7, pero no como se aceptó: Nombre se envió como “Vendor; Co. Line 3” y "
        "está como “not there”; Línea 2, descripción se envió como “once” y está como “taken out”. Revíselo en "
        "QuickBooks y luego reintente para enviarlo otra vez."
    )


@pytest.mark.parametrize(
    ("kind", "number", "label", "read"),
    [
        ("budget", "2601", "Budget of Mill of Clinic", "Presupuesto de Mill of Clinic"),
        ("change_order", "CO-2", "CO-2 of SC-1 Keyway of steel", "CO-2 de SC-1 Keyway of steel"),
        ("invoice", "SC-1-03", "SC-1-03 of SC-1", "SC-1-03 de SC-1"),
        ("invoice", "2 of 3", "2 of 3 of SC-1", "2 of 3 de SC-1"),
        ("vendor", "", "Budget of Boston", "Budget of Boston"),
        ("commitment", "SC-1", "SC-1 of steel", "SC-1 of steel"),
    ],
)
def test_the_name_of_a_record_is_read_in_spanish_where_it_is_ours(
    kind: str, number: str, label: str, read: str
) -> None:
    with override("es"):
        assert called_in_the_readers_words(kind, number, label) == read
    assert called_in_the_readers_words(kind, number, label) == label


@pytest.mark.parametrize(
    ("kept_as", "read_as"),
    [
        ("31 Jan 2026", "31 Ene 2026"),
        ("1 Apr 2026", "1 Abr 2026"),
        ("1 Aug 2026, 00:30", "1 Ago 2026, 00:30"),
        ("24 Dec 2026", "24 Dic 2026"),
        ("31 Feb 2026", "31 Feb 2026"),
        ("Phase 1 Aug 2026", "Phase 1 Aug 2026"),
    ],
)
def test_a_day_in_a_kept_sentence_is_written_as_any_other_on_the_page(kept_as: str, read_as: str) -> None:
    """The books were "cerrados hasta el 31 Jan 2026", beside days of enero."""
    told = f"The books are closed through {kept_as}, and whoever accepted it chose to wait."
    with override("es"):
        read = kept.in_the_readers_words(
            f"{told} It goes on by itself once the bookkeeper has opened them and QuickBooks' settings have been read "
            "again."
        )
        stayed = kept.refusal_in_the_readers_words(f"Sent by Max: {kept_as}.")
    assert f"cerrados hasta el {read_as}, y" in read
    assert stayed == f"Enviado por Max: {read_as}."
    assert kept.in_the_readers_words(told) == told
