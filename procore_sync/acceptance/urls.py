"""Addresses of the inbox, the review page, the decisions, the journal and the company's rules."""

from django.urls import path

from procore_sync.acceptance import (
    auditing_views,
    blocker_views,
    columns,
    comment_views,
    company_settings,
    many_views,
    narrowing,
    notice_views,
    saved_views,
    views,
)

app_name = "acceptance"
urlpatterns = [
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/rows/", views.rows, name="rows"),
    path("inbox/views/", saved_views.keep_view, name="keep_view"),
    path("inbox/views/<int:pk>/forget/", saved_views.forget_view, name="forget_view"),
    path("inbox/narrow/", narrowing.narrow, name="narrow"),
    path("inbox/columns/", columns.choose_columns, name="choose_columns"),
    path("inbox/file.<str:extension>", views.inbox_file, name="inbox_file"),
    path("held-up/", blocker_views.held_up, name="held_up"),
    path("inbox/many/", many_views.pile, name="pile"),
    path("inbox/many/do/", many_views.do_many, name="do_many"),
    path("inbox/many/<uuid:batch>/", many_views.turns, name="turns"),
    path("inbox/many/<uuid:batch>/undo/", many_views.undo_many, name="undo_many"),
    path("review/<int:pk>/", views.review, name="review"),
    path("review/<int:pk>/choices/", views.choices, name="choices"),
    path("review/<int:pk>/send/", views.send, name="send"),
    path("review/<int:pk>/retrieve/", views.retrieve, name="retrieve"),
    path("review/<int:pk>/accept/", views.accept, name="accept"),
    path("review/<int:pk>/reject/", views.reject, name="reject"),
    path("review/<int:pk>/undo/", views.undo, name="undo"),
    path("review/<int:pk>/retry/", views.retry, name="retry"),
    path("review/<int:pk>/unlink/", views.unlink, name="unlink"),
    path("review/<int:pk>/comment/", comment_views.add_comment, name="comment"),
    path("notices/", notice_views.notices, name="notices"),
    path("notices/bell/", notice_views.bell, name="bell"),
    path("notices/<int:pk>/", notice_views.open_notice, name="open_notice"),
    path("notices/<int:pk>/read/", notice_views.read_notice, name="read_notice"),
    path("notices/read/", notice_views.read_all, name="read_notices"),
    path("notices/choices/", notice_views.choices, name="notice_choices"),
    path("journal/", views.journal, name="journal"),
    path("journal/export/", auditing_views.journal_file, name="journal_file"),
    path("settings/", company_settings.settings_page, name="settings"),
]
