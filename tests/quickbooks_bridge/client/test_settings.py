import pytest

from quickbooks_bridge.client.settings import Endpoints, UnsafeAddress


def endpoints(api_url: str = "https://quickbooks.api.intuit.com", **others: str) -> Endpoints:
    urls = {"discovery_url": "https://developer.intuit.com/d", "redirect_uri": "https://console.test/cb", **others}
    return Endpoints(environment="sandbox", client_id="id", client_secret="very-secret", api_url=api_url, **urls)


@pytest.mark.parametrize(
    "url",
    [
        "http://quickbooks.api.intuit.com",
        "http://10.0.0.7:8000",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "ftp://127.0.0.1",
        "quickbooks.api.intuit.com",
        "https://",
        "",
    ],
)
def test_it_refuses_an_address_over_which_tokens_would_travel_readable(url: str) -> None:
    with pytest.raises(UnsafeAddress, match="api_url must be an https address"):
        endpoints(url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000", "http://[::1]:8000", "http://localhost:8000", "https://q.test"]
)
def test_it_takes_https_and_this_machine(url: str) -> None:
    assert endpoints(url).v3_url == f"{url}/v3"


@pytest.mark.parametrize("name", ["discovery_url", "redirect_uri"])
def test_it_checks_every_address(name: str) -> None:
    with pytest.raises(UnsafeAddress, match=name):
        endpoints(**{name: "http://example.com/"})


def test_it_takes_an_address_with_or_without_its_version() -> None:
    assert endpoints("https://q.test/v3/").v3_url == endpoints("https://q.test/").v3_url == "https://q.test/v3"


def test_it_does_not_show_the_client_secret() -> None:
    assert "very-secret" not in repr(endpoints())


@pytest.mark.parametrize(
    ("environment", "host"),
    [("sandbox", "https://sandbox-quickbooks.api.intuit.com"), ("production", "https://quickbooks.api.intuit.com")],
)
def test_it_knows_intuits_own_addresses(environment: str, host: str) -> None:
    known = Endpoints.intuit(environment, "id", "secret", "https://console.test/cb")
    assert known.v3_url == f"{host}/v3"
    assert known.environment == environment
