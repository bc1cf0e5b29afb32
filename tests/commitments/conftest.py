"""The same cast and the same ground as for projects."""

from tests.cast import ada, alma, company, ian, max_pm, olga, other_company, vic
from tests.projects.conftest import sign_in

__all__ = ["ada", "alma", "company", "ian", "max_pm", "olga", "other_company", "sign_in", "vic"]
