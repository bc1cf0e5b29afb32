"""Addresses of the QuickBooks pages."""

from django.urls import path

from quickbooks_bridge import cost_views, payment_views, setup_views, tie_out_views, views
from quickbooks_bridge.onboarding import document_views
from quickbooks_bridge.onboarding import views as onboarding_views

app_name = "quickbooks_bridge"
urlpatterns = [
    path("", views.connection, name="connection"),
    path("connect/", views.connect, name="connect"),
    path("callback/", views.callback, name="callback"),
    path("disconnect/", views.disconnect, name="disconnect"),
    path("halt/", views.halt, name="halt"),
    path("resume/", views.resume, name="resume"),
    path("mode/", views.mode, name="mode"),
    path("mappings/", views.mappings, name="mappings"),
    path("invoices/", setup_views.checklist, name="bill_setup"),
    path("invoices/check/", setup_views.check, name="check_bill_setup"),
    path("invoices/choose/", setup_views.choose, name="choose_bill_setup"),
    path("invoices/retainage-item/", setup_views.create_item, name="create_retainage_item"),
    path("refresh/", views.refresh, name="refresh"),
    path("import/", views.candidates, name="candidates"),
    path("import/link-all/", views.link_all, name="link_all"),
    path("import/<int:pk>/add/", views.add, name="add"),
    path("import/<int:pk>/link/", views.link, name="link"),
    path("import/<int:pk>/archive/", views.archive, name="archive"),
    path("import/<int:pk>/bring-back/", views.bring_back, name="bring_back"),
    path("import/<int:pk>/dismiss/", views.dismiss, name="dismiss"),
    path("link/<int:pk>/", views.link_item, name="link_item"),
    path("job-costs/read/", cost_views.read_job_costs, name="read_job_costs"),
    path("payments/", payment_views.payments, name="payments"),
    path("payments/read/", payment_views.read_payments, name="read_payments"),
    path("tie-outs/<int:pk>/", tie_out_views.tie_out, name="tie_out"),
    path("tie-outs/<int:pk>.<str:extension>", tie_out_views.tie_out_file, name="tie_out_file"),
    path("tie-outs/signed/<int:pk>/", tie_out_views.signed_tie_out, name="signed_tie_out"),
    path("onboarding/", onboarding_views.onboarding, name="onboarding"),
    path("onboarding/begin/", onboarding_views.begin, name="begin_onboarding"),
    path("onboarding/read/", onboarding_views.read, name="read_opening"),
    path("onboarding/sign/", onboarding_views.sign, name="sign_onboarding"),
    path("onboarding/skip/", onboarding_views.skip, name="skip_onboarding"),
    path("onboarding/dry-run/", onboarding_views.dry_run, name="dry_run"),
    path("onboarding/cap/", onboarding_views.cap, name="set_cap"),
    path("onboarding/lift-cap/", onboarding_views.lift_cap, name="lift_cap"),
    path("onboarding/journal/<int:pk>/", onboarding_views.entry, name="onboarding_entry"),
    path("onboarding/exact/", document_views.exact, name="link_exact_documents"),
    path("onboarding/documents/", document_views.documents, name="opening_documents"),
    path("onboarding/documents/<int:pk>/", document_views.document, name="opening_document"),
    path("onboarding/documents/<int:pk>/link/", document_views.link, name="link_document"),
    path("onboarding/documents/<int:pk>/dismiss/", document_views.dismiss, name="dismiss_document"),
    path("onboarding/documents/<int:pk>/set-aside/", document_views.set_aside, name="set_document_aside"),
    path("onboarding/documents/<int:pk>/bring-back/", document_views.bring_back, name="bring_document_back"),
    path("documents/<str:entity>/<str:remote_id>/", cost_views.document, name="document"),
]
