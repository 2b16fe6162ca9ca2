"""The records that an API has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import quote

from .reading import Resource, Slot, Template
from .wording import Keys, pick

__all__ = ["Collection", "Record", "address", "collections"]

Record: TypeAlias = dict[str, Any]

LEAF, PARENT = 25, 7  # records; pages hold 10 and 3, so each walk has more than two
LEAF_PAGE, PARENT_PAGE = 10, 3


@dataclass(frozen=True)
class Collection:
    """The records of one resource that one parent has.

    Attributes:
        values: What stands in the address for each slot.
        chain: The ancestors' records by resource.
        page_size: Most records of a page.
    """

    values: Keys
    chain: dict[str, Record]
    records: list[Record]
    page_size: int


def collections(resources: dict[str, Resource]) -> dict[str, list[Collection]]:
    """All records of all resources; those that are the same endpoint's have the same."""
    parents = {resource.parent for resource in resources.values()}
    made: dict[str, list[Collection]] = {}

    def make(name: str) -> list[Collection]:
        if name not in made:
            resource = resources[name]
            above = make(resource.parent) if resource.parent else []
            chains = [
                {**row.chain, resource.parent or "": record}
                for row in above
                for record in row.records
            ] or [{}]
            made[name] = [
                _collection(resource, chain, number, is_parent=name in parents)
                for number, chain in enumerate(chains)
            ]
        return made[name]

    return {name: make(name) for name in resources}


def _collection(
    resource: Resource, chain: dict[str, Record], number: int, *, is_parent: bool
) -> Collection:
    size = PARENT_PAGE if is_parent else LEAF_PAGE
    size = max(size, resource.paging.end.size)
    count = PARENT if is_parent else LEAF
    count = 1 if resource.single else max(count, 2 * size + 1)
    records = [_record(resource, number, index, last=index == count - 1) for index in range(count)]
    values = tuple(str(chain[slot.owner][slot.field]) for slot in resource.slots)
    return Collection(values, chain, records, size)


def _record(resource: Resource, collection: int, index: int, *, last: bool) -> Record:
    """One record; `ref` tells it from all others, and its keys from those of its collection."""
    number = collection * 1000 + index + 1
    key = pick(resource.mood, number + 9000000000000000000, f"{resource.name[:3]}/{number} é+%&?")
    record: Record = {}
    if len(resource.keys) > 1:
        record = {name: f"{name}{index % 2}" for name in resource.keys[:-1]}
        record[resource.keys[-1]] = number - index % 2
    else:
        record[resource.keys[0]] = key
    for name in sorted({*resource.fields, *_cursor_fields(resource)} - record.keys()):
        record[name] = f"{name} {number}"
    if last and resource.paging.end.kind == "record":
        (field,) = resource.paging.end.paths[0]
        record[field] = record[field] if field in resource.keys else None
    return {**record, "ref": f"{resource.name} {number}", "value": index, "tags": ["a"]}


def _cursor_fields(resource: Resource) -> set[str]:
    return {resource.paging.field} if resource.paging.field else set()


def address(template: Template, chain: dict[str, Record]) -> str:
    """*template* with the ancestors' values, percent-encoded."""
    return "".join(
        quote(str(chain[part.owner][part.field]), safe="") if isinstance(part, Slot) else part
        for part in template
    )
