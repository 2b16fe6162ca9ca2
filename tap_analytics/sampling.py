"""Records to infer a schema from, asked for as a sync asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from tap_analytics.exceptions import NotFoundError, ParentError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers.types import Context, Record

    from tap_analytics.stream import AnalyticsStream

__all__ = ["sample"]

SAMPLED_PARENTS = 100


def sample(stream: AnalyticsStream) -> Iterator[Record]:
    """Records as a sync from the very first would bring them, children parent by parent.

    So many parents are asked for, and then further ones until a record is found.
    """
    found = False
    for parents, context in enumerate(_contexts(stream)):
        if parents >= SAMPLED_PARENTS and found:
            return
        try:
            for page in stream.pages(context):
                for record in page.records:
                    if (row := stream.post_process(dict(record), context)) is not None:
                        found = True
                        yield row
        except (NotFoundError, ParentError):  # of a child: its parent may be gone by now
            if context is None:
                raise


def _contexts(stream: AnalyticsStream) -> Iterator[Context | None]:
    if stream.parent_stream_type is None:
        yield None
        return
    parent = stream.host.stream_of(cast("type[AnalyticsStream]", stream.parent_stream_type))
    for context in _contexts(parent):
        for page in parent.pages(context):
            for record in page.records:
                if (row := parent.post_process(record, context)) is not None:
                    yield parent.get_child_context(row, context)
