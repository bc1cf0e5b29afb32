"""What every record that travels to the ledger has, and the one way to make it and to save an edit of it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from decimal import Decimal
from typing import Any, ClassVar, Generic, TypeVar

from django.db import IntegrityError, models, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance.items import new_item, open_item, open_items, revise, why_locked
from procore_sync.acceptance.models import Document, ErpItem
from procore_sync.acceptance.refusals import ChangedSinceSeen, IllegalMove, deleted_meanwhile
from procore_sync.accounts.days import stamp_of
from procore_sync.accounts.models import Company, Membership, Role
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput, Refusal
from procore_sync.kit.text import is_plain

#: What the amount of an item holds.
LARGEST_TOTAL = Decimal("999999999999.99")
Columns = dict[str, Any]
Problems = dict[str, list[str]]


class EditedMeanwhile(Refusal):
    """Somebody else saved the record after this person opened it; nothing was written."""

    cure = gettext_noop("Open the record again and repeat the edit.")

    @property
    def in_a_form(self) -> str:
        """The sentence above what was typed, which a page shows again."""
        return f"{self.sentence} {gettext('What you typed stands below.')}"


def changed_since_seen(label: str, where: str) -> ChangedSinceSeen:
    """What is told to whoever would decide on an older state of what is called so than stands at the address now."""
    said = gettext("%(record)s has changed since you looked at it, so nothing was done. Look again.")
    return ChangedSinceSeen(said % {"record": label}, where=where)


class AnotherHasTheReference(Refusal):
    """A record with this external reference is there already, and says something else."""

    cure = gettext_noop("Whoever sends it gives it a reference of its own, or updates the record that has it.")


class Edited(models.Model):
    """What people edit. `edition` counts its savings, so that of two people who edit it one is told.

    `edited_by` and `edited_at` are of its last saving; None before the first one, which its making is not.
    """

    edition = models.PositiveIntegerField(default=1, editable=False)
    edited_by = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, editable=False, related_name="+")
    edited_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True


def saving(seen: int | F, by: Membership) -> Columns:
    """The columns of a saving by `by` of what had the edition `seen`; nothing else lets an edition go up."""
    return {"edition": seen + 1, "edited_by": by, "edited_at": timezone.now()}


def saved_meanwhile(record: str, rows: QuerySet[Any], *, asker: Membership) -> EditedMeanwhile:
    """The refusal of an edit of what `rows` has now, with who saved it last and when, as far as it is known."""
    last: Edited | None = rows.select_related("edited_by__user").first()
    if last is None or last.edited_by is None or last.edited_at is None:
        return saved_by_somebody(record)
    said = gettext(
        "%(record)s was saved by %(who)s while you edited it (%(when)s), so nothing of yours was saved. "
        "Open it again and repeat your edit."
    )
    told = {"record": record, "who": named(last.edited_by, asker), "when": stamp_of(last.edited_at, asker.company)}
    return EditedMeanwhile(said % told)


def saved_by_somebody(record: str) -> EditedMeanwhile:
    """The same of what keeps nobody who saved it."""
    said = gettext(
        "%(record)s was saved by somebody else while you edited it, so nothing of yours was saved. "
        "Open it again and repeat your edit."
    )
    return EditedMeanwhile(said % {"record": record})


def named(editor: Membership, asker: Membership) -> str:
    """How `asker` is told who saved something: a contact, who is outside, of the company and not of its people."""
    if editor.pk == asker.pk:
        return gettext("you yourself")
    if asker.role != Role.INVOICE_CONTACT:
        return str(editor)
    if editor.role != Role.INVOICE_CONTACT:
        return asker.company.name
    return str(editor) if editor.is_active and editor.user.is_active else gettext("somebody else")


class Record(Edited):
    """A record of a company.

    Each subclass adds `erp`, its one-to-one to the ErpItem that carries it to the ledger.
    """

    erp: models.OneToOneField[Any, Any]
    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    is_active = models.BooleanField("active", default=True)

    objects: ClassVar[models.Manager[Any]]

    class Meta(Edited.Meta):
        abstract = True


R = TypeVar("R", bound=Record)


def still_there(rows: QuerySet[R], record: R) -> R:
    """`record` as `rows` have it now.

    Raises:
        IllegalMove: it was deleted since it was read.
    """
    found = rows.filter(pk=record.pk).first()
    if found is None:
        raise deleted_meanwhile(record.erp.label)
    return found


D = TypeVar("D", bound=Any)


def details_of(record: object, shape: type[D]) -> D:
    """What `record` says, in the dataclass `shape`."""
    given: D = shape(**{field.name: getattr(record, field.name) for field in fields(shape)})
    return given


def tidy(details: D) -> D:
    """`details` without white space around its texts; nothing else is ever changed."""
    texts = {name: value.strip() for name, value in asdict(details).items() if isinstance(value, str)}
    tidied: D = replace(details, **texts)
    return tidied


def refuse(problems: Problems) -> None:
    """Go on only if there are no problems.

    Raises:
        InvalidInput: there are; its sentence holds them all, its errors by field.
    """
    if problems:
        raise InvalidInput(" ".join(one for sentences in problems.values() for one in sentences), errors=problems)


def kept_total(total: Decimal) -> Decimal:
    """`total`, which the item of a record keeps as its amount; of lines that fit one by one it may be too large.

    Raises:
        InvalidInput: it is.
    """
    if abs(total) > LARGEST_TOTAL:
        told = gettext("The lines come to %(total)s; %(limit)s is the most that can be kept. Split it.")
        refuse({"lines": [told % {"total": f"{total:,}", "limit": f"{LARGEST_TOTAL:,}"}]})
    return total


@dataclass(frozen=True)
class Keeper(Generic[R, D]):
    """Makes and saves one kind of record. Asks no rights: the operations that call it do.

    `details` is the dataclass of what a person says, `problems` what is wrong with it by itself, `taken` what
    another record of the company has already (its last argument is the record's own pk), `derived` the columns
    that follow from the details, `document` what the ledger gets, `columns` what the inbox shows.
    """

    model: type[R]
    kind: Kind
    details: type[D]
    problems: Callable[[D], Problems]
    taken: Callable[[Company, D, int | None], Problems]
    derived: Callable[[D], Columns]
    document: Callable[[R], Document]
    columns: Callable[[R], Columns]

    def create(self, details: D, *, company: Company, by: Membership | None, external_ref: str | None = None) -> R:
        """A new record, or the one that came under the same `external_ref` before, if it says the same.

        Raises:
            InvalidInput: the details are wrong, or another record has the name or number.
            AnotherHasTheReference: a record came under this reference and says something else.
        """
        details = tidy(details)
        external_ref = (external_ref or "").strip() or None
        refuse({**self.problems(details), **reference_problems(external_ref)})
        there = self.known(company, external_ref)
        if there is None:
            there = self._made_or_found(details, company=company, by=by, external_ref=external_ref)
        require_same(there.erp.label, external_ref, details_of(there, self.details), details)
        return there

    def _made_or_found(self, details: D, *, company: Company, by: Membership | None, external_ref: str | None) -> R:
        """A new record, or the one that another request made under `external_ref` in this very moment."""
        try:
            refuse(self.taken(company, details, None))
            with transaction.atomic():
                return self._insert(details, company=company, by=by, external_ref=external_ref)
        except (IntegrityError, InvalidInput):
            there = self.known(company, external_ref)
            if there is None:
                refuse(self.taken(company, details, None))
                raise
            return there

    def create_all(self, wanted: Sequence[tuple[D, str | None]], *, company: Company, by: Membership | None) -> list[R]:
        """A new record of each of these details, with its reference if it has one: all or none, and in few statements.
        What is wrong with each by itself, the caller has asked.

        Raises:
            InvalidInput, AnotherHasTheReference: as `create`, of the first that is there by now.
        """
        try:
            with transaction.atomic():
                return self._insert_all(wanted, company=company, by=by)
        except IntegrityError:
            # Somebody made one of them in this very moment: one by one it is told which.
            return [self.create(said, company=company, by=by, external_ref=reference) for said, reference in wanted]

    def _insert_all(
        self, wanted: Sequence[tuple[D, str | None]], *, company: Company, by: Membership | None
    ) -> list[R]:
        records = [self.model(company=company, **_columns(said), **self.derived(said)) for said, _ in wanted]
        for record, (_, reference) in zip(records, wanted, strict=True):
            record.erp = new_item(
                company=company, kind=self.kind, by=by, external_ref=reference, **self.columns(record)
            )
        open_items([record.erp for record in records])
        return self.model._default_manager.bulk_create(records)

    def known(self, company: Company, external_ref: str | None) -> R | None:
        """The record that came under `external_ref`, or None."""
        if external_ref is None:
            return None
        rows = self.model._default_manager.filter(company=company, erp__external_ref=external_ref)
        return rows.select_related("erp", "company").first()

    def _insert(self, details: D, *, company: Company, by: Membership | None, external_ref: str | None) -> R:
        record = self.model(company=company, **_columns(details), **self.derived(details))
        record.erp = open_item(
            company=company, kind=self.kind, by=by, external_ref=external_ref, **self.columns(record)
        )
        record.save(force_insert=True)
        return record

    def edit(self, record: R, details: D, *, by: Membership, seen: int) -> R:
        """`record` saying `details`, as `by` says, if `seen` is still its edition.

        The item's revision counts up only if what the ledger gets has changed.

        Raises:
            InvalidInput: the details are wrong, or another record has the name or number.
            EditedMeanwhile: somebody else saved it since.
            IllegalMove: what the ledger gets would change while it is being decided or posted, or it was deleted
                meanwhile.
        """
        details = tidy(details)
        refuse(self.problems(details))
        refuse(self.taken(record.company, details, record.pk))
        columns = {**_columns(details), **self.derived(details), **saving(seen, by)}
        edited = copy.copy(record)
        for name, value in columns.items():
            setattr(edited, name, value)
        try:
            with transaction.atomic():
                self._write(record, edited, columns, seen, by)
        except IntegrityError:
            refuse(self.taken(record.company, details, record.pk))
            raise
        return edited

    def _write(self, record: R, edited: R, columns: Columns, seen: int, by: Membership) -> None:
        own = self.model._default_manager.filter(pk=record.pk)
        if own.filter(edition=seen).update(**columns) != 1:
            still_there(own, record)
            raise saved_meanwhile(record.erp.label, own, asker=by)
        if self.document(record) != self.document(edited):
            revise(edited.erp, **self.columns(edited))

    def set_active(self, record: R, active: bool, *, by: Membership) -> None:
        """Activate or deactivate; what is inactive is offered nowhere and cannot be sent.

        Raises:
            IllegalMove: it is being decided or posted, or was deleted meanwhile.
        """
        item = record.erp
        if not active and item.is_locked:
            raise IllegalMove(why_locked(item, "deactivated"))
        changed = self.model._default_manager.filter(pk=record.pk).exclude(is_active=active)
        with transaction.atomic():
            if changed.update(is_active=active, **saving(F("edition"), by)) and not active and _may_be_sent(item):
                # Nothing that QuickBooks gets; but whoever sends it now has read that it is active.
                revise(item)
        now = still_there(self.model._default_manager.all(), record)
        for name in ("is_active", "edition", "edited_by", "edited_at"):
            setattr(record, name, getattr(now, name))


def _may_be_sent(item: ErpItem) -> bool:
    return item.synced_revision is None or item.is_changed


def _columns(details: Any) -> Columns:
    return {field.name: getattr(details, field.name) for field in fields(details)}


def require_same(record: str, external_ref: str | None, stands: object, given: object, *also: str) -> None:
    """Go on only if `given` says what `record`, which came under `external_ref` before, says as `stands`.

    Both are of one dataclass; `also` names what differs beside them. The sentence names fields as the API does.

    Raises:
        AnotherHasTheReference: they differ.
    """
    named = [one.name for one in fields(given) if getattr(stands, one.name) != getattr(given, one.name)]  # type: ignore[arg-type]
    differing = [_IN_THE_API.get(name, name.removesuffix("_id")) for name in named]
    if differing or also:
        said = gettext(
            "%(record)s has the reference %(reference)s already, and differs in %(fields)s. Change that record, or "
            "use another reference."
        )
        told = {"record": record, "reference": external_ref, "fields": ", ".join((*differing, *also))}
        raise AnotherHasTheReference(said % told)


_IN_THE_API = {"status": "business_status"}


def reference_problems(external_ref: str | None) -> Problems:
    """What is wrong with a reference that somebody else's system gave; nothing if there is none."""
    limit = ErpItem._meta.get_field("external_ref").max_length or 0
    if external_ref and len(external_ref) > limit:
        said = gettext("The reference has %(length)s characters; %(limit)s is the limit. Shorten it.")
        return {"external_ref": [said % {"length": len(external_ref), "limit": limit}]}
    if external_ref and not is_plain(external_ref):
        said = gettext(
            "The reference has a character that cannot be seen, breaks the line or only looks like another. "
            "Give it in plain characters."
        )
        return {"external_ref": [said]}
    return {}
