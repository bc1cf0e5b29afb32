"""The pages of vendors: fetch through a selector, call an operation, render."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from procore_sync.accounts.access import Right, require
from procore_sync.accounts.days import today_of
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.kit.text import filled
from projects.import_views import ImportPages
from projects.kinds import labelled
from projects.list_files import ListFile, as_imported
from projects.selectors import standing_of
from projects.steps import activity_of, steps_of, steps_to
from vendors import operations, selectors
from vendors.forms import VendorForm
from vendors.imports import VENDOR_SHEET
from vendors.kinds import vendor_document, vendor_facts
from vendors.papers import ready_for_bills

vendor_imports = ImportPages(VENDOR_SHEET, gettext_noop("vendors"), "vendors", "vendors:vendors")
vendor_file = ListFile("vendors", selectors.VENDOR_LIST, selectors.vendors_for, as_imported(VENDOR_SHEET.columns))


@require_GET
@member_required
def vendors(request: MemberRequest) -> HttpResponse:
    """The companies that are paid."""
    context = selectors.VENDOR_LIST.page(selectors.vendors_for(request.member), request.GET)
    steps = steps_to(
        request.member,
        ("vendors:import_vendors", gettext_noop("Import a file"), ""),
        ("vendors:new_vendor", gettext_noop("New vendor"), "n"),
    )
    return render(request, "vendors/vendors.html", {**context, "steps": steps})


@require_GET
@member_required
def vendor(request: MemberRequest, pk: int) -> HttpResponse:
    """One vendor, and how it stands in accounting."""
    found = get_visible(selectors.vendors_for(request.member), pk)
    context = {
        "vendor": found,
        "standing": standing_of(found, request.member),
        "facts": [*vendor_facts(vendor_document(found)), *labelled((gettext("Usual terms"), found.terms_hint))],
        "checks": ready_for_bills(found, today_of(found.company)),
        "steps": steps_of(found, request.member, edit="vendors:edit_vendor", active="vendors:set_vendor_active"),
    }
    return render(request, "vendors/vendor.html", context)


@require_http_methods(["GET", "POST"])
@member_required
def new_vendor(request: MemberRequest) -> HttpResponseBase:
    """A form for a new vendor."""
    require(request.member, Right.EDIT)
    form = VendorForm(request.POST) if request.method == "POST" else VendorForm()
    made = form.save(lambda said: operations.create_vendor(said, by=request.member)) if form.is_bound else None
    if made:
        messages.success(request, filled(gettext("%(record)s is in the list."), {"record": made}))
        return redirect("vendors:vendor", pk=made.pk)
    return render(request, "vendors/vendor_form.html", {"form": form}, status=form.status)


@require_http_methods(["GET", "POST"])
@member_required
def edit_vendor(request: MemberRequest, pk: int) -> HttpResponseBase:
    """A form for a vendor that is there."""
    found = get_visible(selectors.vendors_for(request.member), pk)
    require(request.member, Right.EDIT)
    form = VendorForm(request.POST) if request.method == "POST" else VendorForm.of(found)
    saved = form.is_bound and form.save(
        lambda said: operations.edit_vendor(found, said, by=request.member, seen=form.edition)
    )
    if saved:
        messages.success(request, filled(gettext("%(record)s is saved."), {"record": saved}))
        return redirect("vendors:vendor", pk=pk)
    return render(request, "vendors/vendor_form.html", {"form": form, "vendor": found}, status=form.status)


@require_POST
@member_required
def set_vendor_active(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Activate the vendor if it is inactive, else deactivate it."""
    found = get_visible(selectors.vendors_for(request.member), pk)
    operations.set_vendor_active(found, not found.is_active, by=request.member)
    messages.success(request, activity_of(found))
    return redirect("vendors:vendor", pk=pk)
