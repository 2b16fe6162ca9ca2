"""The demo's tables, as lines of text."""

from collections.abc import Mapping, Sequence
from typing import Any

from demo.contents import Difference, Rows, compare

Moved = Mapping[str, Mapping[str, Sequence[Any]]]
"""What advancing the sandbox returns: of each resource the ids `changed` and `added`."""


def loaded(api: Mapping[str, Rows], target: Mapping[str, Rows], place: str) -> list[str]:
    """Tabulate how many rows each stream has in the API and in the target."""
    in_api, in_target = (sum(map(len, side.values())) for side in (api, target))
    return [
        _line("stream", "in the API", f"in {place}", ""),
        *(
            _line(stream, len(rows), len(target[stream]), _mark(compare(rows, target[stream])))
            for stream, rows in api.items()
        ),
        _line(f"{len(api)} streams", in_api, in_target, ""),
    ]


def upserted(
    moved: Moved, before: Mapping[str, Rows], after: Mapping[str, Rows], api: Mapping[str, Rows],
    place: str,
) -> list[str]:  # fmt: skip
    """Tabulate how many records changed and came up in the API, and how many rows in the target.

    Args:
        moved: What happened in the API.
        before: The target's rows before the second run.
        after: The target's rows after it.
        api: The records in the API.
        place: What the target writes to.
    """
    lines = [_line("changed + new", "in the API", f"in {place}", "")]
    for stream, rows in api.items():
        ids = moved[stream]
        seen = compare(before[stream], after[stream])
        in_api = f"{len(ids['changed'])} + {len(ids['added'])}"
        in_target = f"{len(seen.unequal)} + {len(seen.unexpected)}"
        lines.append(_line(stream, in_api, in_target, _mark(compare(rows, after[stream]))))
    return lines


def _mark(difference: Difference) -> str:
    """Say in a few words how far two sets of rows agree."""
    kinds = {
        "missing": difference.missing,
        "unexpected": difference.unexpected,
        "unequal": difference.unequal,
    }
    found = [f"{len(ids)} {kind}" for kind, ids in kinds.items() if ids]
    return f"DIFFERENT: {', '.join(found)}" if found else "equal"


def _line(stream: str, left: object, right: object, note: str) -> str:
    return f"  {stream:<20}{left!s:>12}{right!s:>16}  {note}".rstrip()
