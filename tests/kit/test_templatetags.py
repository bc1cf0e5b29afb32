"""What the pages say alike."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace as Made
from typing import Any

import pytest
from django import forms
from django.http import HttpRequest
from django.template import Context, Template
from django.test import RequestFactory, override_settings
from django.utils.safestring import mark_safe
from django.utils.translation import override

from procore_sync.kit.shown import age, day, is_amount, money, percent, rate, stamp, when
from procore_sync.kit.templatetags import console, plots
from procore_sync.kit.templatetags.icons import SHAPES

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


def rendered(source: str, **context: Any) -> str:
    """A template of one line, with the tags loaded, rendered and stripped."""
    return Template("{% load console plots %}" + source).render(Context(context)).strip()


def asked(path: str) -> HttpRequest:
    """A request for `path`."""
    return RequestFactory().get(path)


# -- money


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("1284500"), "1,284,500.00"),
        (Decimal("-3045.5"), "−3,045.50"),  # noqa: RUF001 - the sign that must be shown
        ("27405.00", "27,405.00"),
        (0, "0.00"),
        (None, "–"),  # noqa: RUF001
        ("", "–"),  # noqa: RUF001
        ("by hand", "by hand"),
    ],
)
def test_it_shows_money_with_thousands_and_a_true_minus(value: Any, shown: str) -> None:
    assert money(value) == shown


def test_it_refuses_a_float_because_the_cent_is_lost() -> None:
    with pytest.raises(TypeError, match="never a float"):
        money(0.1)  # type: ignore[arg-type]


@pytest.mark.parametrize(("share", "shown"), [("10.00", "10"), ("7.25", "7.25"), ("0.00", "0"), ("100.00", "100")])
def test_a_rate_that_was_agreed_is_shown_whole_and_without_empty_decimals(share: str, shown: str) -> None:
    assert rate(Decimal(share)) == f"{shown}\N{NARROW NO-BREAK SPACE}%"


def test_it_colours_only_what_is_below_zero() -> None:
    assert console.money_cell(Decimal("-1")) == "<td class='num neg'>−1.00</td>"  # noqa: RUF001
    assert console.money_cell(Decimal("1"), "Amount") == "<td data-label='Amount' class='num'>1.00</td>"


def test_a_cell_escapes_its_heading_and_what_is_no_amount() -> None:
    cell = console.money_cell("<b>", "Paid & 'held'")
    assert cell == "<td data-label='Paid &amp; &#x27;held&#x27;' class='num'>&lt;b&gt;</td>"
    assert (
        console.money_cell(Decimal("1"), mark_safe("A &amp; B")) == "<td data-label='A &amp; B' class='num'>1.00</td>"
    )


def test_what_stands_around_the_amounts_of_a_column_is_put_together_once() -> None:
    """Of the costs of 2,000 codes by eight columns it was a third of the page's time."""
    console._around_money.cache_clear()
    for amount in range(100):
        console.money_cell(Decimal(amount), "Committed")

    assert console._around_money.cache_info().misses == 1


def test_it_puts_money_only_into_known_elements() -> None:
    assert console.money_cell(Decimal("1"), "", "script") == "<td class='num'>1.00</td>"


@pytest.mark.parametrize(
    ("text", "amount"),
    [("21800.00", True), ("-3,045.00", True), ("15-400", False), ("61", False), ("1.5", False), (7, False)],
)
def test_it_tells_amounts_from_other_text(text: Any, amount: bool) -> None:
    assert is_amount(text) is amount


@pytest.mark.parametrize(
    ("ours", "theirs", "alone"),
    [("360.00", "1,400.00", True), ("360.00", "", True), ("360.00", "Acme", False), ("", "", False)],
)
def test_amounts_alone_stand_under_each_other(ours: str, theirs: str, alone: bool) -> None:
    assert console.amounts_alone([{"ours": ours, "theirs": theirs}]) is alone


@pytest.mark.parametrize(("share", "shown"), [(Decimal("61"), "61"), (Decimal("8.94"), "8.9"), (Decimal("-2"), "−2")])  # noqa: RUF001
def test_it_shows_a_share_with_one_decimal_at_most(share: Decimal, shown: str) -> None:
    assert percent(share) == f"{shown}\N{NARROW NO-BREAK SPACE}%"


# -- time


@pytest.mark.parametrize(
    ("hours", "shown"),
    [(0, "now"), (0.1, "6 min"), (22, "22 h"), (25, "1 day"), (76, "3 days"), (24 * 30, "4 weeks"), (-5, "now")],
)
def test_it_says_how_old_in_the_largest_whole_unit(hours: float, shown: str) -> None:
    assert age(NOW - timedelta(hours=hours), NOW) == shown


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (datetime(2026, 11, 22, 9, 5, tzinfo=UTC), "Today 09:05"),
        (datetime(2026, 11, 21, 16, 12, tzinfo=UTC), "Yesterday 16:12"),
        (datetime(2026, 11, 4, 11, 5, tzinfo=UTC), "4 Nov 11:05"),
        (datetime(2025, 11, 4, 11, 5, tzinfo=UTC), "4 Nov 2025 11:05"),
    ],
)
def test_it_names_a_moment_as_people_do(moment: datetime, shown: str) -> None:
    assert when(moment, NOW) == shown


@override_settings(TIME_ZONE="Pacific/Auckland")
def test_it_counts_days_where_the_reader_is() -> None:
    assert when(datetime(2026, 11, 21, 20, 0, tzinfo=UTC), NOW) == "Yesterday 09:00"
    assert stamp(datetime(2026, 11, 21, 20, 0, tzinfo=UTC)) == "22 Nov 2026, 09:00"


@override_settings(TIME_ZONE="Pacific/Auckland")
def test_it_says_in_which_zone_a_moment_is_read() -> None:
    assert ' 09:00 NZDT"' in console.ago(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))


def test_it_begins_small_inside_a_sentence() -> None:
    today = datetime.now(UTC)

    assert ">today " in console.moment(today, "inside")
    assert ">Today " in console.moment(today)


def test_it_writes_a_day_without_doubt() -> None:
    assert day(date(2026, 10, 31)) == "31 Oct 2026"


def test_it_marks_what_waits_too_long() -> None:
    old = datetime.now(UTC) - timedelta(days=3, minutes=1)

    assert 'class="late"' in console.ago(old, 3)
    assert 'class="late"' not in console.ago(old, 4)
    assert 'class="late"' not in console.ago(old)


# -- states


def test_it_tells_states_apart_without_colour() -> None:
    assert len({face.shape for face in console.FACES.values()}) == len(console.FACES)
    assert len({face.word for face in console.FACES.values()}) == len(console.FACES)
    assert {face.shape for face in console.FACES.values()} <= set(SHAPES)


@pytest.mark.parametrize(
    ("item", "word"),
    [
        (Made(status="sent", is_changed=False), "With accounting"),
        (Made(status="synced", is_changed=False), "Synced"),
        (Made(status="synced", is_changed=True), "Synced, changed since"),
        (Made(status="exporting", is_changed=False, latest=[Made(work="uncertain")]), "Uncertain, looking"),
        (Made(status="exporting", is_changed=False, latest=[Made(work="due", is_held=True, leaves_in=9)]), "Accepted"),
        (Made(status="exporting", is_changed=False, latest=[Made(work="waiting")]), "Waiting"),
        (Made(status="exporting", is_changed=False, latest=[Made(work="flying")]), "Exporting"),
        (Made(status="exporting", is_changed=False, latest=[]), "Exporting"),
        (Made(status="failed", is_changed=True, latest=[Made(work="waiting")]), "Failed"),
    ],
)
def test_it_reads_the_state_from_item_and_sending(item: Any, word: str) -> None:
    assert console.face_of(item).word == word


def test_it_escapes_a_state_it_does_not_know() -> None:
    assert "&lt;b&gt;" in console.status("<b>")


def test_it_falls_back_to_the_wheel_for_an_icon() -> None:
    assert 'aria-hidden="true"' in console.icon("academic-cap")
    assert 'aria-label="Look"' in console.icon("warning", "Look")


# -- changes


@pytest.mark.parametrize(
    ("before", "after", "seen"),
    [
        ("9850.00", "8650.00", "was 9,850.00 now 8,650.00"),
        ("Net 30", "", "was Net 30 removed"),
        ("", "30 Nov", "now 30 Nov"),
        (Decimal("1"), Decimal("1.00"), "1.00"),
        (None, "<b>", "now &lt;b&gt;"),
    ],
)
def test_it_says_a_change_in_words_too(before: Any, after: Any, seen: str) -> None:
    words = re.sub(r"<[^>]+>", "", console.diff(before, after))

    assert words == seen


# -- tables


def test_it_sorts_up_then_down_and_forgets_the_page() -> None:
    first = rendered('{% sort_header "Amount" "amount" %}', request=asked("/?page=3&kind=vendor"))
    second = rendered('{% sort_header "Amount" "amount" %}', request=asked("/?sort=amount"))
    third = rendered('{% sort_header "Amount" "amount" %}', request=asked("/?sort=-amount"))

    assert 'href="?kind=vendor&amp;sort=amount"' in first
    assert "aria-sort" not in first
    assert 'aria-sort="ascending"' in second
    assert 'href="?sort=-amount"' in second
    assert 'aria-sort="descending"' in third
    assert 'href="?sort=amount"' in third


def test_it_sets_columns_of_amounts_right_and_leaves_codes_left() -> None:
    posting = Made(
        entity="Bill",
        columns=["Item", "Amount"],
        lines=[["15-400", "21800.00"], ["Retainage", "-3045.00"], ["Memo", ""]],
        total=Decimal("18755.00"),
    )

    page = rendered("{% posting_lines posting %}", posting=posting)

    assert '<td data-label="Item">15-400</td>' in page
    assert '<td data-label="Amount" class="num">21,800.00</td>' in page
    assert '<td data-label="Amount" class="num neg">−3,045.00</td>' in page  # noqa: RUF001
    assert "18,755.00" in page


# -- actions and fields


def offer(action: str = "send", why_not: str | None = None) -> Made:
    """An offer of `action`."""
    return Made(action=action, label=action.capitalize(), key=action[0], url=f"/{action}/", why_not=why_not)


def test_it_shows_an_offer_as_a_form_that_works_alone() -> None:
    page = rendered("{% offer one %}", one=offer(), csrf_token="token")

    assert '<form method="post" action="/send/"' in page
    assert 'value="token"' in page
    assert 'data-key="s"' in page
    assert "hx-" not in page


def test_it_keeps_a_refused_offer_in_place_with_its_reason() -> None:
    page = rendered("{% offer one %}", one=offer(why_not="The vendor is not in QuickBooks yet."))

    assert 'aria-disabled="true"' in page
    assert 'aria-describedby="why-send"' in page
    assert "The vendor is not in QuickBooks yet." in page
    assert '<button class="btn" type="button"' in page
    assert "<form" not in page
    assert 'data-key="s"' in page, "its key leads to the reason"


def test_it_asks_for_a_comment_before_a_rejection() -> None:
    page = rendered("{% offer one %}", one=offer("reject"))

    assert 'name="comment"' in page
    assert 'action="/reject/"' in page


def test_it_submits_a_form_elsewhere_on_the_page() -> None:
    assert 'type="submit" form="decide"' in rendered('{% offer one form="decide" %}', one=offer("accept"))


def test_it_finds_what_is_offered() -> None:
    offers = [offer("accept", "No."), offer("reject")]

    assert console.offered(offers, "reject") is offers[1]
    assert console.offered(offers, "accept") is None


def test_it_leaves_decisions_to_the_page_that_shows_the_posting() -> None:
    offers = [offer("accept"), offer("retrieve"), offer("reject")]

    assert console.beside_decisions(offers) == [offers[1]]
    assert console.beside_decisions(None) == []


def test_it_tells_what_happened() -> None:
    page = rendered(
        '{% include "components/timeline.html" %}',
        events=[
            Made(at=NOW, action="reject", by="Ada", comment="Why <b>?"),
            Made(at=NOW, action="merge_check", by=None),
        ],
    )

    assert "Rejected by Ada" in page
    assert "Why &lt;b&gt;?" in page
    assert "Merge check" in page


def test_it_counts_the_clear_checks() -> None:
    assert console.clear_of([Made(level="ok"), Made(level="look"), Made(level="ok")]) == "2 of 3 clear"


def test_it_ties_help_and_errors_to_the_field() -> None:
    class Form(forms.Form):
        name = forms.CharField(help_text="As on the cheque.")

    page = rendered("{% field form.name %}", form=Form({}))

    assert 'aria-describedby="id_name_helptext id_name_error"' in page
    assert 'id="id_name_helptext"' in page
    assert 'id="id_name_error"' in page
    assert 'aria-invalid="true"' in page


# -- frame and plots


@pytest.mark.parametrize(("cookie", "chosen"), [("dark", "dark"), ("light", "light"), ('"><script>', ""), ("", "")])
def test_it_takes_only_known_themes_from_the_cookie(cookie: str, chosen: str) -> None:
    request = asked("/")
    request.COOKIES["theme"] = cookie

    assert rendered("{% theme %}", request=request) == chosen


@pytest.mark.parametrize(
    ("name", "letters"), [("Ada Chen", "AC"), ("olga@x.org", "O"), ("Ann B. Cruz", "AC"), ("", "?")]
)
def test_it_makes_a_badge_of_a_name(name: str, letters: str) -> None:
    assert console.initials(name) == letters


def test_it_draws_parts_of_a_whole_to_scale() -> None:
    bar = plots.meter("words", Decimal(50), Decimal(25), Decimal(25))

    assert 'class="p2" x="0.00" y="0" width="50.00"' in bar
    assert 'class="p1" x="50.00" y="0" width="25.00"' in bar
    assert bar.count("<rect") == 2


def test_it_draws_nothing_of_nothing() -> None:
    assert plots.sparkline([], "words") == ""
    assert plots.meter("words", 0, 0).count("<rect") == 1
    assert "<svg" in rendered('{% bar_plot "None" bars %}', bars=[])


def test_a_week_in_which_only_a_credit_was_used_has_no_bar_and_its_figure() -> None:
    page = rendered('{% bar_plot "Paid" bars %}', bars=[("2 Nov", Decimal("900.00")), ("9 Nov", Decimal("-70.00"))])
    assert re.findall(r'<rect [^>]*height="([^"]+)"', page)[1] == "0.0"
    assert '<td class="num">-70.00</td>' in page


def test_a_bullet_is_on_the_scale_of_the_longest_and_says_what_is_over_the_budget() -> None:
    amounts = ("500 1000 200 100 -5", "400 100 0 0 0", "0 10 0 0 0")
    rows = [(row, f"/jobs/{number}/", [Decimal(one) for one in row.split()]) for number, row in enumerate(amounts)]

    first, second, third = plots.bullet_plot("Jobs", rows)["bullets"]

    assert [(css, x, width) for css, x, _, width, _, _ in first.parts] == [
        ("p3", "0", "996.0"),
        ("p1", "0.0", "199.2"),
        ("p-good", "199.2", "99.6"),
        ("p2", "298.8", "0.0"),
        ("p-mark", "498.0", "4"),
    ]
    assert [(one.words, one.over) for one in (first, second, third)] == [
        ("500.00 over the budget", True),
        ("25\N{NARROW NO-BREAK SPACE}% of 400.00 committed", False),
        ("10.00 committed, no budget", False),
    ]
    assert rendered('{% bullet_plot "Jobs" rows %}', rows=rows).count('href="/jobs/') == 3
    assert "<ul" in rendered('{% bullet_plot "None" rows %}', rows=[])


def test_it_ends_the_axis_on_round_steps() -> None:
    page = rendered('{% bar_plot "Hours" bars " h" %}', bars=[("Mon", 3), ("Tue", Decimal("11"))])

    assert ">12 h</text>" in page
    assert ">4 h</text>" in page
    assert 'class="p1"' in page


@pytest.mark.parametrize(
    ("entity", "words"),
    [("PurchaseOrder", "Purchase order"), ("Bill", "Bill"), ("VendorCredit", "Vendor credit"), ("", "")],
)
def test_it_calls_an_entity_as_people_do(entity: str, words: str) -> None:
    assert rendered("{{ one|entity_words }}", one=entity) == words


def test_a_posting_shows_no_column_that_is_empty_in_every_line() -> None:
    lines = [["1", "", "5.00"], ["2", "", "6.00"]]
    one = Made(entity="Estimate", columns=["Line", "Job", "Amount"], lines=lines, total=None)
    page = rendered("{% posting_lines one %}", one=one)
    assert "Job" not in page
    assert "6.00" in page


@pytest.mark.parametrize(
    ("total_of", "called"), [("", "Lines of the Purchase order"), ("This change", "Lines of the change")]
)
def test_the_lines_of_a_posting_are_called_what_they_are_before_and_after_it_went(total_of: str, called: str) -> None:
    one = Made(entity="PurchaseOrder", columns=["Line", "Amount"], lines=[["1", "5.00"]], total=None, total_of=total_of)
    page = rendered("{% posting_lines one %}", one=one)
    assert f'<caption class="sr">{called}</caption>' in page
    assert f'aria-label="{called}"' in page


def test_what_all_lines_have_in_common_is_said_once() -> None:
    columns = ["Account", "Job", "Amount"]
    lines = [["5100", "Lofts", "5.00"], ["5200", "Lofts", "6.00"]]
    page = rendered("{% posting_lines one %}", one=Made(entity="Bill", columns=columns, lines=lines, total=None))
    assert page.count("Lofts") == 1
    assert "<dt>Job</dt><dd>Lofts</dd>" in page
    assert page.count('data-label="Account"') == 2
    alone = Made(entity="Bill", columns=columns, lines=lines[:1], total=None)
    page = rendered("{% posting_lines one %}", one=alone)
    assert "<dt>Job</dt><dd>Lofts</dd>" in page
    assert "<dt>Account</dt><dd>5100</dd>" in page


def test_a_rate_that_repeats_the_amount_of_each_line_leaves_its_room_to_the_amount() -> None:
    columns = ["Line", "Qty", "Rate", "Amount"]

    def shown(*lines: list[str]) -> str:
        return rendered("{% posting_lines one %}", one=Made(entity="Bill", columns=columns, lines=lines, total=None))

    page = shown(["1", "1", "1,250.00", "1250.00"], ["R1", "1", "-9.00", "-9.00"])
    assert "<dt>Qty</dt><dd>1</dd>" in page
    assert "Rate" not in page
    assert '<td data-label="Amount" class="num">1,250.00</td>' in page
    for other in (["1", "2", "5.00", "10.00"], ["1", "1", "5.0001", "5.00"], ["1", "4", "0.00", "0.00"]):
        assert 'data-label="Rate"' in shown(["1", "1", "5.00", "5.00"], other)


@pytest.mark.parametrize(
    ("label", "value", "said"),
    [
        ("Due date", "2026-10-31", "31 Oct 2026"),
        ("Number", "2026-10-31", "2026-10-31"),
        ("Date", "as it was", "as it was"),
        ("Period", "2026-11-01 to 2026-11-30", "1 Nov 2026 to 30 Nov 2026"),
        ("Period", "2026-11-01", "2026-11-01"),
        ("Default retainage, %", "7.50", "7.5"),
        ("Default retainage, %", "", ""),
        ("Number", "7.50", "7.50"),
        ("Date", None, ""),
    ],
)
def test_a_day_among_the_facts_is_read_as_everywhere_and_a_number_stays_what_it_is(
    label: str, value: str | None, said: str
) -> None:
    assert rendered("{{ fact|told }}", fact=Made(label=label, value=value)) == said


def test_the_facts_of_a_record_are_read_in_spanish_but_for_what_somebody_typed() -> None:
    told = (("Type", "Subcontract"), ("Is a job", "Yes"), ("Default retainage, %", "10.00"), ("Title", "Subcontract"))
    facts = [Made(label=label, value=value, numeric=False) for label, value in told]
    with override("es"):
        page = rendered('{% include "components/facts.html" %}', facts=facts)
    assert re.findall(r"<d[td]>([^<]*)</d[td]>", page) == [
        *("Tipo", "Subcontrato", "Es un trabajo", "Sí", "Retención predeterminada, %", "10", "Título", "Subcontract")
    ]


@pytest.mark.parametrize(("count", "is_long"), [(25, False), (200, True)])
def test_a_long_posting_leads_past_its_lines(count: int, is_long: bool) -> None:
    lines = [[str(number), "5.00"] for number in range(count)]
    one = Made(entity="Bill", columns=["Line", "Amount"], lines=lines, total=None)
    page = rendered("{% posting_lines one %}", one=one)
    assert ('href="#after-lines">Past the 200 lines' in page) is is_long
    assert 'id="after-lines"' in page
