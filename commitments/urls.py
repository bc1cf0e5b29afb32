"""Addresses of commitments."""

from django.urls import path

from commitments import correction_views, file_views, list_file, people_views, ssov_views, views

app_name = "commitments"
urlpatterns = [
    path("commitments/", views.commitments, name="commitments"),
    list_file.commitment_file.url,
    path("commitments/new/", views.new_commitment, name="new_commitment"),
    path("commitments/lines.<str:method>.csv", file_views.line_template, name="line_template"),
    path("commitments/<int:pk>/", views.commitment, name="commitment"),
    path("commitments/<int:pk>/edit/", views.edit_commitment, name="edit_commitment"),
    path("commitments/<int:pk>/status/", views.set_status, name="set_status"),
    path("commitments/<int:pk>/active/", views.set_commitment_active, name="set_commitment_active"),
    path("commitments/<int:pk>/delete/", views.delete_commitment, name="delete_commitment"),
    path("commitments/<int:pk>/correct/", correction_views.correct, name="correct"),
    path("commitments/<int:pk>/correct/undo/", correction_views.end_correction, name="end_correction"),
    path("commitments/<int:pk>/people/", people_views.people, name="people"),
    path("commitments/<int:pk>/people/contacts/", people_views.contacts, name="contacts"),
    path("commitments/<int:pk>/people/distribution/", people_views.distribution, name="distribution"),
    path("commitments/<int:pk>/files/", file_views.attach, name="attach"),
    path("commitments/<int:pk>/files/<int:file_pk>/", file_views.attachment, name="attachment"),
    path("commitments/<int:pk>/files/<int:file_pk>/remove/", file_views.remove_attachment, name="remove_attachment"),
    path("commitments/<int:pk>/breakdown/", ssov_views.breakdown, name="breakdown"),
    path("commitments/<int:pk>/breakdown/<int:number>/", ssov_views.line_breakdown, name="line_breakdown"),
    path("commitments/<int:pk>/breakdown/submit/", ssov_views.submit, name="submit_breakdown"),
    path("commitments/<int:pk>/breakdown/invite/", ssov_views.invite, name="invite_to_break_down"),
    path("billing/breakdown/<str:token>/", ssov_views.breakdown_link, name="breakdown_link"),
    path("billing/commitments/<int:pk>/breakdown/", ssov_views.own_breakdown, name="own_breakdown"),
    path(
        "billing/commitments/<int:pk>/breakdown/<int:number>/",
        ssov_views.own_line_breakdown,
        name="own_line_breakdown",
    ),
    path("billing/commitments/<int:pk>/breakdown/submit/", ssov_views.submit_own, name="own_submit_breakdown"),
    path("commitments/<int:pk>/breakdown/approve/", ssov_views.approve, name="approve_breakdown"),
    path("commitments/<int:pk>/breakdown/return/", ssov_views.give_back, name="return_breakdown"),
    path("commitments/<int:pk>/breakdown/reopen/", ssov_views.reopen, name="reopen_breakdown"),
]
