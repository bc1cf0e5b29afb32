"""What the inbox, its piles and its files say of each record: the columns that a person has chosen, kept for them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from django.db.models import CharField, OuterRef, QuerySet, Subquery, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, NullIf
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_POST

from procore_sync.acceptance.models import ErpItem, ListColumns, Submission
from procore_sync.accounts.models import Membership
from procore_sync.accounts.web import MemberRequest, member_required


@dataclass(frozen=True)
class Column:
    """One thing that a list says of a record: its heading, and the value of a row of `valued`."""

    key: str
    heading: str
    value: Callable[[ErpItem], object]


#: In the order of a file: what has come later stands behind, so that who reads one by its places reads on.
COLUMNS = (
    Column("kind", gettext_noop("Kind"), lambda item: item.get_kind_display()),
    Column("number", gettext_noop("Number"), lambda item: item.number),
    Column("name", gettext_noop("Name"), lambda item: item.label),
    Column("project", gettext_noop("Project"), lambda item: item.project.label if item.project else ""),
    Column("amount", gettext_noop("Amount"), lambda item: "" if item.amount is None else item.amount),
    Column("status", gettext_noop("Status"), lambda item: item.get_status_display()),
    Column("since", gettext_noop("Since"), lambda item: item.status_changed_at),
    Column("reference", gettext_noop("Reference"), lambda item: item.external_ref or ""),
    Column("vendor", gettext_noop("Vendor"), lambda item: getattr(item, "party", None) or ""),
    Column("sent_by", gettext_noop("Sent by"), lambda item: getattr(item, "sender", None) or ""),
)
ALWAYS = "name"
#: What each shows to a person who has chosen nothing.
IN_THE_LIST = frozenset({"kind", "number", "project", "amount", "since"})
IN_A_PILE = frozenset({"kind", "number", "project", "vendor", "sent_by", "amount"})
IN_A_FILE = frozenset(column.key for column in COLUMNS)


def shown_to(member: Membership, otherwise: Collection[str]) -> frozenset[str]:
    """The keys of the columns that `member` has chosen, else those of `otherwise`; the name is always one."""
    kept = ListColumns.objects.filter(member=member).values_list("keys", flat=True).first()
    return frozenset(otherwise if kept is None else kept) | {ALWAYS}


def choose(member: Membership, keys: Collection[str]) -> None:
    """Show `member` these columns from now on, wherever they sign in; what is no column is passed over."""
    known = [column.key for column in COLUMNS if column.key in keys and column.key != ALWAYS]
    ListColumns.objects.update_or_create(member=member, defaults={"keys": known})


def forget(member: Membership) -> None:
    """Show `member` what each list shows by itself."""
    ListColumns.objects.filter(member=member).delete()


def of_file(keys: Collection[str]) -> Sequence[Column]:
    """The columns of a file."""
    return [column for column in COLUMNS if column.key in keys]


def to_choose(keys: Collection[str]) -> list[tuple[str, str, bool]]:
    """Each column that can be left out: its key, its heading, whether it is among `keys`."""
    return [(column.key, gettext(column.heading), column.key in keys) for column in COLUMNS if column.key != ALWAYS]


def valued(rows: QuerySet[ErpItem], keys: Collection[str]) -> QuerySet[ErpItem]:
    """`rows` with what the columns show that no item holds: the vendor (`party`) and who sent it last (`sender`).

    Both are of the newest sending; what was never sent has none.
    """
    newest = Submission.objects.filter(item=OuterRef("pk")).order_by("-number")
    if "vendor" in keys:
        party = KeyTextTransform("label", KeyTextTransform("vendor", "document"))
        rows = rows.annotate(party=Subquery(newest.annotate(named=party).values("named")[:1]))
    if "sent_by" in keys:
        called = Coalesce(NullIf("sent_by__user__name", Value("")), "sent_by__user__email", output_field=CharField())
        rows = rows.annotate(sender=Subquery(newest.annotate(called=called).values("called")[:1]))
    return rows


@require_POST
@member_required
def choose_columns(request: MemberRequest) -> HttpResponseBase:
    """Keep the ticked columns, or with `forget` none, and show the same list or pile again."""
    if "forget" in request.POST:
        forget(request.member)
    else:
        choose(request.member, request.POST.getlist("column"))
    page = "acceptance:pile" if request.POST.get("page") == "pile" else "acceptance:inbox"
    return redirect(f"{reverse(page)}?{QueryDict(request.POST.get('query', '')).urlencode()}")
