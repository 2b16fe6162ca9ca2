"""The vocabulary: what can be said of an API and its resources, as frozen values.

Field names are those of dlt's ``rest_api`` source; what a field means beyond that is said at the
field. A class attribute of a built-in stream, a parsed config and the reference tables in the
documentation all come from these structs, so a paginator or an auth type is added here once.

Why structs and not TypedDicts with constructors beside them: one definition is the parser's
target, the default, the documentation and the value at run time, and it cannot be changed while
a run goes on.
"""

from tap_analytics.spec.auth import (
    AUTHS,
    CREDENTIALS,
    ApiKey,
    Auth,
    Bearer,
    HttpBasic,
    NoAuth,
    OAuth2ClientCredentials,
    OAuth2RefreshToken,
    SessionToken,
)
from tap_analytics.spec.paginators import (
    PAGINATORS,
    Auto,
    Cursor,
    HeaderCursor,
    HeaderLink,
    JsonLink,
    Offset,
    PageNumber,
    Paginator,
    SinglePage,
)
from tap_analytics.spec.resources import (
    Client,
    ErrorHandler,
    Incremental,
    RecordFilter,
    Resource,
    ResponseAction,
)

__all__ = [
    "AUTHS",
    "CREDENTIALS",
    "PAGINATORS",
    "ApiKey",
    "Auth",
    "Auto",
    "Bearer",
    "Client",
    "Cursor",
    "ErrorHandler",
    "HeaderCursor",
    "HeaderLink",
    "HttpBasic",
    "Incremental",
    "JsonLink",
    "NoAuth",
    "OAuth2ClientCredentials",
    "OAuth2RefreshToken",
    "Offset",
    "PageNumber",
    "Paginator",
    "RecordFilter",
    "Resource",
    "ResponseAction",
    "SessionToken",
    "SinglePage",
]
