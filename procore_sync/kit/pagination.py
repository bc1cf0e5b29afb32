"""How lists are cut into pages, for the API."""

from rest_framework.pagination import CursorPagination


class NewestFirst(CursorPagination):
    """Newest record first; a cursor, so that a record added meanwhile neither doubles nor hides another."""

    ordering = "-pk"
    page_size_query_param = "page_size"
    max_page_size = 500
