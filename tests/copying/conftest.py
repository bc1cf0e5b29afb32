"""The people of the tests."""

from tests.cast import ada, alma, company, ian, max_pm, olga, other_company, vic

__all__ = ["ada", "alma", "company", "ian", "max_pm", "olga", "other_company", "vic"]
