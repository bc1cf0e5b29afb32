"""Addresses of the QuickBooks pages."""

from django.urls import path

from quickbooks_bridge import cost_views, edition_views, payment_views, setup_views, support_views, tie_out_views, views

app_name = "quickbooks_bridge"
urlpatterns = [
    path("", views.connection, name="connection"),
    path("connect/", views.connect, name="connect"),
    path("callback/", views.callback, name="callback"),
    path("disconnect/", views.disconnect, name="disconnect"),
    path("reconnect/", views.reconnect, name="reconnect"),
    path("disconnected/", views.disconnected, name="disconnected"),
    path("halt/", views.halt, name="halt"),
    path("resume/", views.resume, name="resume"),
    path("mode/", views.mode, name="mode"),
    path("set-up/", edition_views.points, name="editions"),
    path("set-up/look/", edition_views.look, name="look_at_editions"),
    path("mappings/", views.mappings, name="mappings"),
    path("invoices/", setup_views.checklist, name="bill_setup"),
    path("invoices/check/", setup_views.check, name="check_bill_setup"),
    path("invoices/choose/", setup_views.choose, name="choose_bill_setup"),
    path("invoices/retainage-item/", setup_views.create_item, name="create_retainage_item"),
    path("support/", support_views.download, name="support"),
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
    path("documents/<str:entity>/<str:remote_id>/", cost_views.document, name="document"),
]
