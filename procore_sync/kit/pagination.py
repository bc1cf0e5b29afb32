"""How lists are cut into pages, for the API."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request


class ByCursor(CursorPagination):
    """A cursor, so that a record added meanwhile neither doubles nor hides another."""

    page_size_query_param = "page_size"
    max_page_size = 500
    invalid_cursor_message = "This list gave no such cursor. Start without one, and follow `next`."

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The parameters with their limits, which a request is held to."""
        told: list[dict[str, Any]] = super().get_schema_operation_parameters(view)
        limits = {"minimum": 1, "maximum": self.max_page_size}
        sized = self.page_size_query_param
        return [{**one, "schema": one["schema"] | limits} if one["name"] == sized else one for one in told]

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        """The page at the cursor.

        Raises:
            NotFound: the cursor points to no place in this list.
        """
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, TypeError, OverflowError, ValidationError, DataError) as error:
            if self.cursor_query_param not in request.query_params:
                raise
            raise NotFound(self.invalid_cursor_message) from error


class NewestFirst(ByCursor):
    """Newest record first."""

    ordering = "-pk"
