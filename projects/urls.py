"""Addresses of cost codes and projects."""

from django.urls import path

from projects import cost_views, views

app_name = "projects"
urlpatterns = [
    path("cost-codes/", views.cost_codes, name="cost_codes"),
    path("cost-codes/new/", views.new_cost_code, name="new_cost_code"),
    *views.cost_code_imports.urls("cost-codes/"),
    views.cost_code_file.url,
    path("cost-codes/<int:pk>/", views.cost_code, name="cost_code"),
    path("cost-codes/<int:pk>/edit/", views.edit_cost_code, name="edit_cost_code"),
    path("cost-codes/<int:pk>/active/", views.set_cost_code_active, name="set_cost_code_active"),
    path("projects/", views.projects, name="projects"),
    views.project_file.url,
    path("projects/new/", views.new_project, name="new_project"),
    path("projects/<int:pk>/", views.project, name="project"),
    path("projects/<int:pk>/edit/", views.edit_project, name="edit_project"),
    path("projects/<int:pk>/active/", views.set_project_active, name="set_project_active"),
    path("projects/<int:pk>/cost-codes/", views.project_codes, name="project_codes"),
    path("projects/<int:pk>/cost-codes/copy/", views.copy_codes, name="copy_codes"),
    path("projects/<int:pk>/cost-codes/<int:code_pk>/remove/", views.remove_code, name="remove_code"),
    path("job-costs/", cost_views.job_costs, name="job_costs"),
    path("job-costs/not-coded/", cost_views.uncoded, name="uncoded"),
    path("job-costs/transactions/", cost_views.costs, name="costs"),
    path("job-costs/transactions/file.<str:extension>", cost_views.costs_file, name="costs_file"),
    path("job-costs/transactions/<int:pk>/", cost_views.cost, name="cost"),
    path("job-costs/rules/", cost_views.cost_rules, name="cost_rules"),
    path("job-costs/rules/<int:pk>/remove/", cost_views.remove_cost_rule, name="remove_cost_rule"),
]
