"""Sends requests: signed, retried, to allowed origins only. One per tap, shared by all streams."""

from __future__ import annotations

import copy
import logging
import random
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import backoff
import msgspec
import requests
from requests.adapters import HTTPAdapter
from typing_extensions import override

from tap_analytics.exceptions import (
    AuthError,
    ContentError,
    NotFoundError,
    ResourceError,
    StatusError,
    UnavailableError,
)
from tap_analytics.rest.message import Request, Response
from tap_analytics.rest.retry import (
    RETRY_STATUSES,
    Retry,
    RetryableError,
    retry_after_seconds,
    transport_reason,
    waits,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tap_analytics.rest.auth import Authenticator
    from tap_analytics.rest.origin import Origins
    from tap_analytics.spec import ErrorHandler, ResponseAction

__all__ = ["Ignored", "Session"]

T = TypeVar("T")
logger = logging.getLogger("tap-analytics.http")

REDIRECTS = frozenset({301, 302, 303, 307, 308})
SEE_OTHER = 303  # always by GET (RFC 9110, section 15.4.4)
MOST_REDIRECTS = 10
UNAUTHORIZED = 401
GONE = frozenset({404, 410})
FIRST_ERROR = 400
HEAD_LENGTH = 200
BAD_HEADER = "a header holds a character that HTTP cannot carry, such as a line end"
HINTS = {
    400: "the API does not accept the request; check the resource's params",
    403: "the credentials work but may not read this",
    404: "there is nothing at this path",
    405: "the API does not take this method here",
}


class Ignored(Exception):  # noqa: N818 - an outcome, no error
    """A response action says to drop this answer."""


class Session:
    """A pool of connections with one way through it.

    Args:
        origins: Where requests may go.
        retry: When and how often to try again.
        timeout: Seconds to wait for a connection, and for each next byte.
        user_agent: What the tap calls itself.
        redact: Scrubs secrets from a text.
        observe: Called after each answer with its request's stream label and the answer.
    """

    def __init__(
        self,
        *,
        origins: Origins,
        retry: Retry,
        timeout: float,
        user_agent: str,
        redact: Callable[[str], str] = str,
        observe: Callable[[str, Response], None] = lambda _where, _response: None,
    ) -> None:
        self.origins = origins
        self.redact = redact
        self._retry = retry
        self._timeout = timeout
        self._user_agent = user_agent
        self._observe = observe
        self._environments: dict[tuple[str, str], dict[str, Any]] = {}
        self._http = _Http()
        self._http.auth = _unsigned  # or requests would look for credentials in ~/.netrc
        for scheme in ("http://", "https://"):
            self._http.mount(scheme, HTTPAdapter(pool_maxsize=32, max_retries=0))

    def with_retries(self, handler: ErrorHandler) -> Session:
        """This session, its connections shared, with what *handler* says of retries."""
        given = {
            "max_retries": handler.max_retries,
            "backoff_factor": handler.backoff_factor,
            "statuses": handler.retry_on_status_codes and frozenset(handler.retry_on_status_codes),
        }
        known = {name: value for name, value in given.items() if value is not None}
        session = copy.copy(self)
        session._retry = msgspec.structs.replace(self._retry, **known)  # noqa: SLF001 - its own class
        return session

    def send(
        self,
        request: Request,
        *,
        where: str,
        auth: Authenticator | None = None,
        read: Callable[[Response], T],
        actions: Iterable[ResponseAction] = (),
    ) -> T:
        """The answer to *request*, as *read* makes it.

        Args:
            request: What to ask.
            where: ``stream: METHOD path, page n``, for messages.
            auth: Signs each try anew; None for an unsigned request.
            read: Turns an answer below 400 into the result. It runs within each try, so that a
                body it cannot decode is asked for again.
            actions: What to do with particular answers, before anything else is made of them.

        Raises:
            AuthError: The credentials are not accepted, after one renewal.
            UnavailableError: No answer, or one that asks to come later, until no try was left.
            StatusError: Any other status of 400 or more.
            ContentError: *read* refused the body.
            OriginError: The request or a redirect leaves the allowed origins; nothing was sent.
            Ignored: One of *actions* says to drop the answer.
        """
        self.origins.require(request.full_url, where, "the request")
        attempt = partial(self._attempt, request, where, auth, read, tuple(actions))
        decorate = backoff.on_exception(
            partial(waits, self._retry, lambda: random.uniform(0.75, 1.25)),  # noqa: S311
            RetryableError,
            max_tries=self._retry.max_retries + 1,
            giveup=lambda error: (error.asked_wait or 0.0) > self._retry.longest_wait,
            on_backoff=partial(_log_backoff, where),
            jitter=None,
            logger=None,
        )
        try:
            return decorate(attempt)()
        except RetryableError as error:
            raise error.final from None

    def _attempt(
        self,
        request: Request,
        where: str,
        auth: Authenticator | None,
        read: Callable[[Response], T],
        actions: tuple[ResponseAction, ...],
    ) -> T:
        response = self._signed(request, where, auth)
        action = _action(actions, response)
        if action == "ignore":
            logger.info("%s answered %d; ignored by response_actions", where, response.status)
            raise Ignored
        if action == "fail":
            message = f"{where} answered {response.status}; response_actions say to fail"
            raise StatusError(message, status=response.status, body=response.body)
        if response.status == UNAUTHORIZED and auth is not None:
            raise AuthError(
                f"{where} answered 401; the API does not accept the credentials of client.auth "
                f"({auth.description})"
            )
        if response.status >= FIRST_ERROR:
            raise self._status_failure(request, response, where)
        try:
            return read(response)
        except ContentError as error:
            if error.transient:
                raise RetryableError(error.reason, error) from None
            raise

    def _signed(self, request: Request, where: str, auth: Authenticator | None) -> Response:
        """One answer, signed; a 401 renews the credentials once and asks again."""
        if auth is None:
            return self._follow(request, where, None)
        signature = auth.signature()
        response = self._follow(request, where, auth)
        if response.status == UNAUTHORIZED and auth.renew(signature):
            logger.info("%s answered 401; trying again with a new token", where)
            response = self._follow(request, where, auth)
        return response

    def _follow(self, request: Request, where: str, auth: Authenticator | None) -> Response:
        for _ in range(MOST_REDIRECTS):
            response = self._once(request, where, auth)
            location = response.headers.get("location")
            if response.status not in REDIRECTS or not location:
                return response
            request = request.following(location)
            self.origins.require(request.url, where, "a redirect")
            if response.status == SEE_OTHER:
                request = msgspec.structs.replace(
                    request, method="GET", json=None, form=None, text=None
                )
        raise StatusError(
            f"{where} was redirected {MOST_REDIRECTS} times in a row", status=response.status
        )

    def _once(self, request: Request, where: str, auth: Authenticator | None) -> Response:
        prepared = self._prepared(request, where)
        if auth is not None:
            auth.sign(prepared)
        try:
            answer = self._http.send(
                prepared,
                timeout=self._timeout,
                allow_redirects=False,
                **self._environment(request.url),
            )
        except requests.RequestException as error:
            raise self._transport_failure(error, where) from None
        except ValueError:  # its text holds the header
            raise AuthError(
                f"{where}: {BAD_HEADER}; check client.auth and client.headers"
            ) from None
        response = Response(
            url=request.full_url,
            status=answer.status_code,
            headers={name.lower(): value for name, value in answer.headers.items()},
            body=answer.content,
            seconds=answer.elapsed.total_seconds(),
        )
        self._observe(where, response)
        return response

    def _environment(self, url: str) -> dict[str, Any]:
        """Proxies and CA bundle from the usual environment variables, looked up once an origin."""
        parts = urlsplit(url)
        origin = (parts.scheme, parts.netloc)
        if origin not in self._environments:
            found = self._http.merge_environment_settings(url, {}, None, None, None)
            self._environments[origin] = dict(found)
        return self._environments[origin]

    def _prepared(self, request: Request, where: str) -> requests.PreparedRequest:
        kind = {} if request.json is None else {"Content-Type": "application/json"}
        plain = requests.Request(
            request.method,
            request.full_url,
            headers={"User-Agent": self._user_agent, **kind, **request.headers},
            data=request.body,
        )
        try:
            return self._http.prepare_request(plain)
        except requests.RequestException as error:
            raise self._transport_failure(error, where) from None

    def _transport_failure(self, error: requests.RequestException, where: str) -> Exception:
        if isinstance(error, requests.exceptions.InvalidHeader):
            return ResourceError(f"{where}: {BAD_HEADER}; check headers")
        if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)):
            return ResourceError(f"{where}: the URL cannot be requested ({type(error).__name__})")
        reason = transport_reason(error)
        if isinstance(error, requests.exceptions.SSLError) and "timed out" not in repr(error):
            return UnavailableError(f"{where}: {reason}")  # the next try would fail alike
        tries = _tries(self._retry.max_retries + 1)
        return RetryableError(reason, UnavailableError(f"{where}: {reason} after {tries}"))

    def _status_failure(self, request: Request, response: Response, where: str) -> Exception:
        status = response.status
        request_id = response.headers.get("x-request-id")
        note = f" (request id {request_id})" if request_id else ""
        kind = NotFoundError if status in GONE else StatusError
        hint = HINTS.get(status, "the API refuses the request")
        message = f"{where} answered {status}{note}; {hint}"
        final: Exception = kind(message, status=status, body=response.body)
        if status in self._retry.statuses:
            asked = retry_after_seconds(status, response.headers, datetime.now(UTC))
            longest = self._retry.longest_wait
            tries = (
                f"and asks to wait {asked:.0f} s, longer than the {longest:.0f} s allowed"
                if asked is not None and asked > longest
                else f"after {_tries(self._retry.max_retries + 1)}"
            )
            if status in RETRY_STATUSES:  # as a rule the whole API is in trouble
                final = UnavailableError(f"{where} answered {status} {tries}{note}")
            return RetryableError(f"answered {status}", final, asked)
        text = self.redact(response.body.decode("utf-8", "replace"))  # whole: a cut may hide one
        head = " ".join(text.split())[:HEAD_LENGTH]
        logger.debug("%s: the answer to %s begins %r", where, urlsplit(request.url).path, head)
        return final


class _Http(requests.Session):
    """Does not look where a redirect leads, which fails on one that is no URL."""

    @override
    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


def _action(actions: tuple[ResponseAction, ...], response: Response) -> str | None:
    for action in actions:
        if action.status_code in {None, response.status} and (
            action.content is None or action.content.encode() in response.body
        ):
            return action.action
    return None


def _unsigned(prepared: Any) -> Any:
    return prepared


def _tries(count: int) -> str:
    return "1 try" if count == 1 else f"{count} tries"


def _log_backoff(where: str, details: Any) -> None:
    logger.warning(
        "%s: %s; trying again in %.1f s (try %d)",
        where,
        details["exception"].reason,
        details["wait"],
        details["tries"] + 1,
    )
