"""Upload, preview, import: the pages of a file on its way in, the same for every kind of record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from procore_sync.accounts.access import Right, require
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.kit.refusals import InvalidInput
from projects.forms import UploadForm
from projects.models import ImportSheet
from projects.selectors import sheets_for
from projects.sheets import Plan, SheetKind, import_sheet, plan_of, upload_sheet

TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
View = Callable[..., HttpResponseBase]


@dataclass(frozen=True)
class ImportPages:
    """The three pages of one kind of record: `plural` in the middle of a sentence, its list, and the name space."""

    kind: SheetKind[Any, Any]
    plural: str
    prefix: str
    list_page: str

    def urls(self, under: str) -> list[URLPattern]:
        """Their addresses under the address of the list."""
        return [
            path(f"{under}import/", self.upload_view(), name=f"import_{self.prefix}"),
            path(f"{under}import/template.<str:form>", self.template_view(), name=f"template_{self.prefix}"),
            path(f"{under}import/<int:pk>/", self.preview_view(), name=f"preview_{self.prefix}"),
        ]

    def _reverse(self, page: str, *args: Any) -> str:
        return reverse(f"{self.list_page.split(':')[0]}:{page}_{self.prefix}", args=args)

    def _frame(self) -> dict[str, Any]:
        return {
            "plural": gettext(self.plural),
            "list_url": reverse(self.list_page),
            "upload_url": self._reverse("import"),
            "templates": [(form.upper(), self._reverse("template", form)) for form in TYPES],
            "columns": self.kind.columns,
        }

    def template_view(self) -> View:
        """An empty file to fill in."""

        @require_GET
        @member_required
        def template(request: MemberRequest, form: str) -> HttpResponse:
            require(request.member, Right.EDIT)
            if form not in TYPES:
                raise Http404
            name = f"{self.plural.replace(' ', '-')}.{form}"
            headers = {"Content-Disposition": f'attachment; filename="{name}"'}
            return HttpResponse(self.kind.template(form), content_type=TYPES[form], headers=headers)

        return template

    def upload_view(self) -> View:
        """Choose a file; a file that cannot be taken is refused here, in words."""

        @require_http_methods(["GET", "POST"])
        @member_required
        def upload(request: MemberRequest) -> HttpResponseBase:
            require(request.member, Right.EDIT)
            form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
            if request.method == "POST" and form.is_valid():
                try:
                    sheet = upload_sheet(form.cleaned_data["file"], self.kind, by=request.member)
                    return redirect(self._reverse("preview", sheet.pk))
                except InvalidInput as refusal:
                    form.add_error("file", refusal.sentence)
            status = 422 if form.errors else 200
            return render(request, "projects/import_upload.html", {**self._frame(), "form": form}, status=status)

        return upload

    def preview_view(self) -> View:
        """What every row would do; on POST, import all that is decided, or say which rows are not."""

        @require_http_methods(["GET", "POST"])
        @member_required
        def preview(request: MemberRequest, pk: int) -> HttpResponseBase:
            sheet = get_visible(sheets_for(request.member, self.kind.keeper.kind), pk)
            require(request.member, Right.EDIT)
            plan = plan_of(sheet, self.kind)
            if request.method == "GET":
                return self._preview(request, sheet, plan)
            leave, anyway = decided(request.POST, plan)
            try:
                made = import_sheet(sheet, self.kind, by=request.member, leave_out=leave, import_anyway=anyway)
            except InvalidInput as refusal:
                return self._preview(request, sheet, plan, refusal, (leave, anyway))
            said = gettext("Imported: %(made)s. Left out: %(left)s. There already: %(same)s.")
            messages.success(request, said % {"made": len(made), "left": len(leave), "same": len(plan.same)})
            return redirect(self.list_page)

        return preview

    def _preview(
        self,
        request: MemberRequest,
        sheet: ImportSheet,
        plan: Plan,
        refusal: InvalidInput | None = None,
        ticked: tuple[frozenset[int], frozenset[int]] = (frozenset(), frozenset()),
    ) -> HttpResponse:
        context = {
            **self._frame(),
            "sheet": sheet,
            "plan": plan,
            "refusal": refusal,
            "left": ticked[0],
            "anyway": ticked[1],
        }
        return render(request, "projects/import_preview.html", context, status=422 if refusal else 200)


def decided(given: QueryDict, plan: Plan) -> tuple[frozenset[int], frozenset[int]]:
    """The rows that a person leaves out and those that they import though they may double another."""
    choices = {row.number: given.get(f"row-{row.number}", "") for row in plan.rows}
    leave = {number for number, choice in choices.items() if choice == "leave"}
    if given.get("refused") == "leave":
        leave |= {row.number for row in plan.refused}
    anyway = {number for number, choice in choices.items() if choice == "import"}
    return frozenset(leave), frozenset(anyway - leave)
