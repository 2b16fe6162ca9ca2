"""Requests and responses as plain values, free of the library that carries them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["JSON", "Request", "Response"]

JSON = msgspec.json.Encoder(decimal_format="number")  # a parent's decimal keeps its digits


class Request(Struct, frozen=True, kw_only=True):
    """One request before it is signed.

    Attributes:
        url: Absolute URL; may carry a query of its own.
        params: Query parameters added to it; a list repeats the parameter, None leaves it out.
        json: Body, sent as JSON.
        form: Body, sent as ``application/x-www-form-urlencoded``.
        text: Body, sent as it is.
    """

    url: str
    method: str = "GET"
    params: dict[str, Any] = {}
    headers: dict[str, str] = {}
    json: dict[str, Any] | None = None
    form: dict[str, Any] | None = None
    text: str | None = None

    @property
    def full_url(self) -> str:
        """The URL with its parameters, as it goes out."""
        if not self.params:
            return self.url
        parts = urlsplit(self.url)
        query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *self._pairs()])
        return urlunsplit(parts._replace(query=query))

    @property
    def position(self) -> bytes:
        """Digest of all that decides which page this asks for."""
        content = (self.method, self.full_url, self.json, self.form, self.text)
        return hashlib.blake2b(msgspec.json.encode(content), digest_size=16).digest()

    @property
    def body(self) -> bytes | dict[str, Any] | None:
        """The body as it goes out; a form's fields are left to be encoded."""
        if self.json is not None:
            return JSON.encode(self.json)
        if self.text is not None:
            return self.text.encode()
        return None if self.form is None else dict(_form(self.form))

    def _pairs(self) -> Iterator[tuple[str, str]]:
        for name, value in self.params.items():
            for item in value if isinstance(value, (list, tuple)) else (value,):
                if item is not None:
                    yield name, _text(item)

    def with_params(self, params: Mapping[str, Any]) -> Request:
        """This request with *params* laid over its own; they win over the URL's query as well."""
        parts = urlsplit(self.url)
        kept = [
            (name, value)
            for name, value in parse_qsl(parts.query, keep_blank_values=True)
            if name not in params
        ]
        url = urlunsplit(parts._replace(query=urlencode(kept))) if parts.query else self.url
        return msgspec.structs.replace(self, url=url, params={**self.params, **params})

    def with_body(self, path: str, value: Any) -> Request:
        """This request with *value* at the dotted *path* of its JSON body, or in its form."""
        if self.form is not None:
            return msgspec.structs.replace(self, form={**self.form, path: value})
        return msgspec.structs.replace(self, json=_nested(self.json or {}, path, value))

    def following(self, link: str) -> Request:
        """The request that *link* leads to: the link as it is, own parameters not added again.

        A relative link resolves against this request's URL (RFC 3986, section 5). One that is no
        URL at all stays as it is, for the origin check to refuse.
        """
        try:
            url = urljoin(self.full_url, link)
        except ValueError:
            url = link
        return msgspec.structs.replace(self, url=url, params={})


class Response(Struct, frozen=True, kw_only=True):
    """One answer, its body read to the end.

    Attributes:
        headers: Names in lower case.
        seconds: From the first byte sent to the header's last byte received.
    """

    url: str
    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float = 0.0


def _form(form: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in form.items():
        if isinstance(value, (list, tuple)):
            yield name, [_text(item) for item in value if item is not None]
        elif value is not None:
            yield name, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _nested(body: dict[str, Any], path: str, value: Any) -> Any:
    if not path:
        return value
    head, _, rest = path.partition(".")
    inner = body.get(head)
    return {**body, head: _nested(inner if isinstance(inner, dict) else {}, rest, value)}
