"""What dlt's configs say to dlt's own loader, in the words of Singer or refused by name."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tap_analytics.check import Problems

__all__ = ["read_hints"]

logger: Final = logging.getLogger("tap-analytics.config")
LOADER: Final = "the target decides how it stores what it gets"
WITHOUT_EFFECT = {
    "table_name": "stream_maps {<name>: {__alias__: <table>}} renames a stream",
    "parent_table_name": LOADER,
    "nested_hints": LOADER,
    "max_table_nesting": "flattening_enabled and flattening_max_depth flatten records",
    "schema_contract": "fields that the schema does not declare are dropped and named",
    "table_format": LOADER,
    "file_format": LOADER,
    "references": LOADER,
    "parallelized": "the tap decides how requests run",
}


def read_hints(entry: dict[str, Any], path: str, problems: Problems) -> dict[str, Any]:
    """The entry in words that have a meaning here; each word that has none is reported once.

    Args:
        entry: One entry of ``resources``, or ``resource_defaults``.
        path: Its config path, for messages.
        problems: Takes in what only Python could run.
    """
    kept = {}
    for key, value in entry.items():
        if key in WITHOUT_EFFECT:
            logger.warning("%s.%s has no effect; %s", path, key, WITHOUT_EFFECT[key])
        elif key == "processing_steps":
            if value:
                reason = "is Python code, which is not run; use stream_maps"
                problems.add(f"{path}.{key}", reason)
        else:
            kept[key] = value
    disposition = kept.get("write_disposition")
    if isinstance(disposition, dict):
        kept["write_disposition"] = disposition.get("disposition")
        logger.warning("%s.write_disposition: of the object, disposition alone counts", path)
    if kept.get("write_disposition") == "skip":
        kept = {**kept, "selected": False, "write_disposition": None}
        logger.info("%s.write_disposition: 'skip' is read as selected false", path)
    return kept
