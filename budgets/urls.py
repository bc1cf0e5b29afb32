"""Addresses of budgets."""

from django.urls import URLPattern, path

from budgets import company_rules, entry_views, import_views, job_cost_views, views

app_name = "budgets"
urlpatterns: list[URLPattern] = [
    path("budgets/", views.budgets, name="budgets"),
    path("projects/<int:pk>/budget/", views.budget, name="budget"),
    path("projects/<int:pk>/budget/file.<str:extension>", views.budget_file, name="budget_file"),
    path("projects/<int:pk>/budget/open/", views.open_budget, name="open"),
    path("projects/<int:pk>/budget/settings/", views.settings, name="settings"),
    path("projects/<int:pk>/budget/lock/", views.lock, name="lock"),
    path("projects/<int:pk>/budget/unlock/", views.unlock, name="unlock"),
    path("projects/<int:pk>/budget/lines/new/", entry_views.new_line, name="new_line"),
    path("projects/<int:pk>/budget/lines/<int:number>/", entry_views.line, name="line"),
    path("settings/projects/", company_rules.company_rules, name="company_rules"),
    path("projects/<int:pk>/budget/lines/<int:number>/direct-cost/", entry_views.direct_cost, name="direct_cost"),
    path("projects/<int:pk>/budget/lines/<int:number>/remove/", entry_views.remove_line, name="remove_line"),
    path("projects/<int:pk>/budget/changes/", entry_views.changes, name="changes"),
    path("projects/<int:pk>/budget/changes/new/", entry_views.transfer, name="transfer"),
    path("projects/<int:pk>/budget/changes/several/", entry_views.several, name="several"),
    path("projects/<int:pk>/budget/changes/<int:number>/take-back/", entry_views.take_back, name="take_back"),
    path("projects/<int:pk>/budget/import/", import_views.upload, name="import"),
    path("projects/<int:pk>/budget/import/template.<str:form>", import_views.template, name="template"),
    path("projects/<int:pk>/budget/import/<int:sheet>/", import_views.preview, name="preview"),
    path("projects/<int:pk>/job-costs/", job_cost_views.job_costs, name="job_costs"),
    path("projects/<int:pk>/job-costs/file.<str:extension>", job_cost_views.job_costs_file, name="job_costs_file"),
]
