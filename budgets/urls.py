"""Addresses of budgets."""

from django.urls import URLPattern, path

from budgets import job_cost_views

app_name = "budgets"
urlpatterns: list[URLPattern] = [
    path("projects/<int:pk>/budget/", job_cost_views.job_costs, name="budget"),
    path("projects/<int:pk>/job-costs/", job_cost_views.job_costs, name="job_costs"),
    path("projects/<int:pk>/job-costs/file.<str:extension>", job_cost_views.job_costs_file, name="job_costs_file"),
]
