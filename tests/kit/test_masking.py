"""Addresses whose rest is a secret, as they are shown."""

from __future__ import annotations

import pytest

from procore_sync.kit.masking import masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("every kind", "every kind"),
        ("https://a.example", "https://a.example"),
        ("https://a.example/", "https://a.example/"),
        ("https://a.example/hooks", "https://a.example/…"),
        ("https://a.example:8443/hooks/T0PSECRETabcd", "https://a.example:8443/…abcd"),
        ("https://a.example/?token=T0PSECRETabcd", "https://a.example/…abcd"),
        ("https://a.example?token=T0PSECRETabcd", "https://a.example/…abcd"),
        ("https://a.example/hooks#T0PSECRETabcd", "https://a.example/…abcd"),
        ("https://me:T0PSECRET@a.example/", "https://a.example/"),
        ("http://[::1]:8000/T0PSECRETabcd", "http://[::1]:8000/…abcd"),
        ("https://[a/T0PSECRETabcd", "…"),
        (
            "https://a.example/T0PSECRETabcd (every kind: everything), http://b.example/T0PSECRETefgh",
            "https://a.example/…abcd (every kind: everything), http://b.example/…efgh",
        ),
    ],
)
def test_an_address_is_shown_by_its_host_and_its_end(text: str, shown: str) -> None:
    assert masked(text) == shown
    assert masked(shown) == shown, "what is cut already stays as it is"
