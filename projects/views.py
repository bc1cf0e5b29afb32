"""The pages of cost codes and projects: fetch through a selector, call an operation, render."""

from __future__ import annotations

from operator import attrgetter

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_noop, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from procore_sync.acceptance.courier import Fact
from procore_sync.accounts.access import Right, may, require
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.kit.text import before_stop, filled
from projects import operations, selectors
from projects.filters import COST_CODE_LIST, PROJECT_LIST
from projects.forms import CostCodeForm, ProjectForm
from projects.import_views import ImportPages
from projects.imports import COST_CODE_SHEET
from projects.kinds import cost_code_document, cost_code_facts, labelled, project_document, project_facts
from projects.list_files import ListFile, as_imported, reference_of
from projects.models import Project
from projects.steps import activity_of, steps_of, steps_to

cost_code_imports = ImportPages(COST_CODE_SHEET, gettext_noop("cost codes"), "cost_codes", "projects:cost_codes")
cost_code_file = ListFile("cost-codes", COST_CODE_LIST, selectors.cost_codes_for, as_imported(COST_CODE_SHEET.columns))
project_file = ListFile(
    "projects",
    PROJECT_LIST,
    selectors.projects_for,
    [
        ("Name", attrgetter("name")),
        ("Number", attrgetter("number")),
        ("Stage", lambda project: project.get_stage_display()),
        ("Street", attrgetter("street")),
        ("City", attrgetter("city")),
        ("State", attrgetter("state")),
        ("Postal code", attrgetter("postal_code")),
        ("Country", attrgetter("country")),
        ("Starts", lambda project: project.starts_on),
        ("Finishes", lambda project: project.finishes_on),
        ("Cost codes", attrgetter("code_count")),
        ("Reference", reference_of),
    ],
)


@require_GET
@member_required
def cost_codes(request: MemberRequest) -> HttpResponse:
    """The company's list of cost codes."""
    context = COST_CODE_LIST.page(selectors.cost_codes_for(request.member), request.GET)
    steps = steps_to(
        request.member,
        ("projects:import_cost_codes", gettext_noop("Import a file"), ""),
        ("projects:new_cost_code", gettext_noop("New cost code"), "n"),
    )
    return render(request, "projects/cost_codes.html", {**context, "steps": steps})


@require_GET
@member_required
def cost_code(request: MemberRequest, pk: int) -> HttpResponse:
    """One cost code, how it stands in accounting, and which projects use it."""
    found = get_visible(selectors.cost_codes_for(request.member), pk)
    context = {
        "cost_code": found,
        "standing": selectors.standing_of(found, request.member),
        "facts": cost_code_facts(cost_code_document(found)),
        "projects": selectors.projects_with(found)[:50],
        "steps": steps_of(
            found, request.member, edit="projects:edit_cost_code", active="projects:set_cost_code_active"
        ),
    }
    return render(request, "projects/cost_code.html", context)


@require_http_methods(["GET", "POST"])
@member_required
def new_cost_code(request: MemberRequest) -> HttpResponseBase:
    """A form for a new cost code."""
    require(request.member, Right.EDIT)
    form = CostCodeForm(request.POST) if request.method == "POST" else CostCodeForm()
    made = form.save(lambda said: operations.create_cost_code(said, by=request.member)) if form.is_bound else None
    if made:
        messages.success(request, filled(gettext("%(record)s is in the list."), {"record": made}))
        return redirect("projects:cost_code", pk=made.pk)
    return render(request, "projects/cost_code_form.html", {"form": form}, status=form.status)


@require_http_methods(["GET", "POST"])
@member_required
def edit_cost_code(request: MemberRequest, pk: int) -> HttpResponseBase:
    """A form for a cost code that is there."""
    found = get_visible(selectors.cost_codes_for(request.member), pk)
    require(request.member, Right.EDIT)
    form = CostCodeForm(request.POST) if request.method == "POST" else CostCodeForm.of(found)
    saved = form.is_bound and form.save(
        lambda said: operations.edit_cost_code(found, said, by=request.member, seen=form.edition)
    )
    if saved:
        messages.success(request, filled(gettext("%(record)s is saved."), {"record": saved}))
        return redirect("projects:cost_code", pk=pk)
    return render(request, "projects/cost_code_form.html", {"form": form, "cost_code": found}, status=form.status)


@require_POST
@member_required
def set_cost_code_active(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Activate the code if it is inactive, else deactivate it."""
    found = get_visible(selectors.cost_codes_for(request.member), pk)
    operations.set_cost_code_active(found, not found.is_active, by=request.member)
    messages.success(request, activity_of(found))
    return redirect("projects:cost_code", pk=pk)


@require_GET
@member_required
def projects(request: MemberRequest) -> HttpResponse:
    """The company's projects."""
    context = PROJECT_LIST.page(selectors.projects_for(request.member), request.GET)
    page = ("projects:new_project", gettext_noop("New project"), "n")
    steps = steps_to(request.member, page, right=Right.ADD_PROJECT)
    return render(request, "projects/projects.html", {**context, "steps": steps})


@require_GET
@member_required
def project(request: MemberRequest, pk: int) -> HttpResponse:
    """One project, how it stands in accounting, and the cost codes it uses."""
    found = get_visible(selectors.projects_for(request.member), pk)
    context = {
        "project": found,
        "standing": selectors.standing_of(found, request.member),
        "facts": [*project_facts(project_document(found)), *_own_facts(found)],
        "codes": selectors.codes_of(found)[:50],
        "steps": steps_of(found, request.member, edit="projects:edit_project", active="projects:set_project_active"),
    }
    return render(request, "projects/project.html", context)


def _own_facts(found: Project) -> list[Fact]:
    return labelled(
        (gettext("Stage"), gettext(found.get_stage_display())),
        (gettext("Goes to QuickBooks"), _yes(found.erp_sync)),
        (gettext("Job costs from QuickBooks"), _yes(found.job_costs)),
    )


def _yes(switch: bool) -> str:
    return gettext("Yes") if switch else gettext("No")


@require_http_methods(["GET", "POST"])
@member_required
def new_project(request: MemberRequest) -> HttpResponseBase:
    """A form for a new project; who may choose its cost codes goes on there."""
    require(request.member, Right.ADD_PROJECT)
    form = ProjectForm(request.POST) if request.method == "POST" else ProjectForm()
    made = form.save(lambda said: operations.create_project(said, by=request.member)) if form.is_bound else None
    if made and may(request.member, Right.PROJECT_CODES):
        said = filled(gettext("%(record)s is there. Choose the cost codes it uses."), {"record": made})
        messages.success(request, said)
        return redirect("projects:project_codes", pk=made.pk)
    if made:
        said = filled(
            gettext("%(record)s is there. A project manager chooses the cost codes it uses."), {"record": made}
        )
        messages.success(request, said)
        return redirect("projects:project", pk=made.pk)
    return render(request, "projects/project_form.html", {"form": form}, status=form.status)


@require_http_methods(["GET", "POST"])
@member_required
def edit_project(request: MemberRequest, pk: int) -> HttpResponseBase:
    """A form for a project that is there."""
    found = get_visible(selectors.projects_for(request.member), pk)
    require(request.member, Right.EDIT)
    form = ProjectForm(request.POST) if request.method == "POST" else ProjectForm.of(found)
    saved = form.is_bound and form.save(
        lambda said: operations.edit_project(found, said, by=request.member, seen=form.edition)
    )
    if saved:
        messages.success(request, filled(gettext("%(record)s is saved."), {"record": saved}))
        return redirect("projects:project", pk=pk)
    return render(request, "projects/project_form.html", {"form": form, "project": found}, status=form.status)


@require_POST
@member_required
def set_project_active(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Activate the project if it is inactive, else deactivate it."""
    found = get_visible(selectors.projects_for(request.member), pk)
    operations.set_project_active(found, not found.is_active, by=request.member)
    messages.success(request, activity_of(found))
    return redirect("projects:project", pk=pk)


@require_http_methods(["GET", "POST"])
@member_required
def project_codes(request: MemberRequest, pk: int) -> HttpResponseBase:
    """The codes that a project uses, and those of the company's list that it may add."""
    found = get_visible(selectors.projects_for(request.member), pk)
    if request.method == "POST":
        chosen = set(request.POST.getlist("code"))
        codes = [one for one in selectors.codes_to_add(found) if str(one.pk) in chosen]
        return _added(request, found, operations.add_cost_codes(found, codes, by=request.member))
    context = {
        "project": found,
        "codes": selectors.codes_of(found),
        "to_add": selectors.codes_to_add(found),
        "may_edit": may(request.member, Right.PROJECT_CODES),
    }
    return render(request, "projects/project_codes.html", context)


@require_POST
@member_required
def copy_codes(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Let the project use every active code of the company's list."""
    found = get_visible(selectors.projects_for(request.member), pk)
    return _added(request, found, operations.copy_all_codes(found, by=request.member))


def _added(request: MemberRequest, found: Project, count: int) -> HttpResponseBase:
    said = ngettext("%(count)s cost code added to %(project)s.", "%(count)s cost codes added to %(project)s.", count)
    messages.success(request, said % {"count": count, "project": before_stop(found)})
    return redirect("projects:project_codes", pk=found.pk)


@require_POST
@member_required
def remove_code(request: MemberRequest, pk: int, code_pk: int) -> HttpResponseBase:
    """Let the project use this code no more."""
    found = get_visible(selectors.projects_for(request.member), pk)
    code = get_visible(selectors.codes_of(found), code_pk)
    operations.remove_cost_code(found, code, by=request.member)
    said = gettext("%(project)s does not use %(code)s any more.") % {"project": found, "code": code.code}
    messages.success(request, said)
    return redirect("projects:project_codes", pk=pk)
