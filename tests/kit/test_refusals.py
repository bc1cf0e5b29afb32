"""What a refusal says of fields, once."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string

from procore_sync.kit.refusals import InvalidInput


@pytest.mark.parametrize("template", ["components/refusal.html", "errors/refusal.html"])
def test_a_sentence_of_a_field_that_is_the_refusal_s_own_is_said_once(template: str) -> None:
    refusal = InvalidInput(
        "Say why. Give a day.", errors={"note": ["Say why."], "day": ["Give a day."], "to": ["It is gone."]}
    )
    page = render_to_string(template, {"refusal": refusal})
    assert (page.count("Say why."), page.count("Give a day."), page.count("It is gone.")) == (1, 1, 1)
