"""A list as a file: what the page shows with its filter and order, every row of it and not one page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Generic, TypeVar

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_GET

from procore_sync.accounts.models import Membership
from procore_sync.accounts.web import MemberRequest, member_required
from procore_sync.kit.files import Column
from projects.cost_views import file_of
from projects.filters import Listing
from projects.records import Record
from projects.sheets import REFERENCE

R = TypeVar("R", bound=Record)
Cell = Callable[[R], object]


@dataclass(frozen=True)
class ListFile(Generic[R]):
    """The file of one list: `columns` are headings and what stands under them; where it stands follows by itself."""

    name: str
    listing: Listing
    rows: Callable[[Membership], QuerySet[R]]
    columns: Sequence[tuple[str, Cell[R]]]

    @property
    def url(self) -> URLPattern:
        """Its address under the address of the list."""
        return path(f"{self.name}/file.<str:extension>", self.view, name=f"{self.name.replace('-', '_')}_file")

    @property
    def view(self) -> Callable[..., HttpResponseBase]:
        """Answers with the file."""

        @require_GET
        @member_required
        def download(request: MemberRequest, extension: str) -> HttpResponse:
            rows = self.listing.narrow(self.rows(request.member), request.GET)
            headings = (*(heading for heading, _ in self.columns), "In accounting", "Active", "Changed")
            return file_of(extension, self.name, headings, self._cells(rows), company=request.member.company)

        return download

    def _cells(self, rows: QuerySet[R]) -> Iterator[tuple[object, ...]]:
        for row in rows.iterator(1000):
            yield (
                *(cell(row) for _, cell in self.columns),
                row.erp.get_status_display(),
                "yes" if row.is_active else "no",
                timezone.localtime(row.erp.updated_at),
            )


def as_imported(columns: Sequence[Column]) -> list[tuple[str, Cell[R]]]:
    """The columns of a kind's import, so that its file can come back."""
    return [(one.heading, reference_of if one.key == REFERENCE.key else attrgetter(one.key)) for one in columns]


def reference_of(record: Record) -> str:
    """What the record is called where it came from."""
    return record.erp.external_ref or ""
