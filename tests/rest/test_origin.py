from __future__ import annotations

import pytest

from tap_analytics.exceptions import OriginError
from tap_analytics.rest.origin import Origin, Origins

API = "https://api.example.com"


@pytest.mark.parametrize(
    "url",
    [
        f"{API}/v1/events?x=1",
        f"{API}:443/v1",
        "HTTPS://API.Example.COM/",
        "https://files.example.com:8443/export",
    ],
    ids=["path", "default port", "case", "allowed beside"],
)
def test_require_lets_allowed_origins_pass(url: str) -> None:
    Origins([API, "https://files.example.com:8443"]).require(url, "events", "the request")


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://api.example.com/v1", "http://api.example.com"),
        ("https://api.example.com:8443/v1", "https://api.example.com:8443"),
        ("https://api.example.com:0/v1", "https://api.example.com:0"),
        ("https://api.example.com.evil.test/v1?t=secret", "https://api.example.com.evil.test"),
        ("https://example.com/", "https://example.com"),
        ("https://api.example.com./", "https://api.example.com."),
        ("https://evil.test\\.api.example.com/", "https://evil.test\\.api.example.com"),
        ("https://[::1]:8080/", "https://[::1]:8080"),
    ],
    ids=["scheme", "port", "port 0", "suffix", "parent", "root dot", "backslash", "IPv6"],
)
def test_require_refuses_another_origin_and_names_no_more_than_it(url: str, origin: str) -> None:
    with pytest.raises(OriginError) as caught:
        Origins([API]).require(url, "events, page 2", "the request")

    assert str(caught.value) == (
        f"events, page 2: the request points at {origin}, not at https://api.example.com; "
        "refused, nothing was sent (client.allowed_origins can allow it)"
    )


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://api.example.com@evil.test/", "carries a user name or password"),
        ("https://evil.test\\@api.example.com/", "carries a user name or password"),
        ("https://u:p@api.example.com/", "carries a user name or password"),
        ("ftp://api.example.com/", "is not an absolute http or https URL"),
        ("ftp://127.0.0.1/data", "is not an absolute http or https URL"),
        ("/v1/events", "is not an absolute http or https URL"),
        ("https:///v1", "is not an absolute http or https URL"),
        ("https://[", "is not a URL"),
        ("https://api.example.com:port/", "is not a URL"),
        ("https://api.example.com:99999/", "is not a URL"),
    ],
)
def test_require_refuses_what_is_no_plain_url(url: str, problem: str) -> None:
    with pytest.raises(OriginError) as caught:
        Origins([API]).require(url, "events", "a redirect")

    assert str(caught.value) == f"events: a redirect {problem}; refused, nothing was sent"


def test_origin_text_leaves_default_ports_out() -> None:
    urls = ["http://a.test:80/x", "https://a.test:80/x", "https://[::1]/x"]

    assert [str(Origin.of(url)) for url in urls] == [
        "http://a.test",
        "https://a.test:80",
        "https://[::1]",
    ]
