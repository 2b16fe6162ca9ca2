"""Pagers that count: by the records before a page, or by its number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_analytics.exceptions import PagingError
from tap_analytics.rest.page import Page, Pager, count, flag, optional_path, put, sized
from tap_analytics.spec import Offset, PageNumber

if TYPE_CHECKING:
    from tap_analytics.rest.message import Request

__all__ = ["OffsetPager", "PageNumberPager"]


class OffsetPager(Pager[Offset]):
    """Asks by the number of records before the page, counting those that really came.

    A server may cap the page size below what was asked, so a short page is no end; an empty one
    is. A total is a hint: it ends the paging where it is reached, unless the page was as long as
    any before it, or the only one so far, which is also what a count of the page itself would
    look like; and one that was passed is wrong.
    """

    def __init__(self, spec: Offset) -> None:
        super().__init__(spec)
        self._offset = spec.offset
        self._longest = 0
        self._total = optional_path(spec.total_path)
        self._more = optional_path(spec.has_more_path)

    def first(self, request: Request) -> Request:
        """Ask for the first page, from the configured offset."""
        spec = self.spec
        request = put(request, spec.limit_param, spec.limit_body_path, spec.limit)
        return put(request, spec.offset_param, spec.offset_body_path, self._offset)

    def next(self, page: Page) -> Request | None:
        """Advance by the records received."""
        spec = self.spec
        self._offset += len(page.records)
        more = flag(page, self._more)
        if more is False:
            return None
        total = count(page, self._total)
        if not page.records:
            if total is not None and self._offset < total:
                raise PagingError(
                    f"{page.where}: the page is empty, but {spec.total_path} says {total} and "
                    f"{self._offset} were passed; the API does not page any deeper"
                )
            if not more and (spec.stop_after_empty_page or total is not None):
                return None
            self._offset += spec.limit
        length = len(page.records)
        full = length >= self._longest if self._longest else length in {total, spec.limit}
        self._longest = max(self._longest, length)
        if total == self._offset and not more and not (full and page.records):
            return None
        if spec.maximum_offset is not None and self._offset >= spec.maximum_offset:
            return None
        return put(page.request, spec.offset_param, spec.offset_body_path, self._offset)


class PageNumberPager(Pager[PageNumber]):
    """Asks by page number; ends at an empty page, the last page of a total, or a false flag."""

    def __init__(self, spec: PageNumber) -> None:
        super().__init__(spec)
        self._page = spec.base_page if spec.page is None else spec.page
        self._records = 0
        self._total = optional_path(spec.total_path)
        self._more = optional_path(spec.has_more_path)

    def first(self, request: Request) -> Request:
        """Ask for the first page by its number."""
        spec = self.spec
        request = sized(request, spec.limit_param, spec.limit)
        return put(request, spec.page_param, spec.page_body_path, self._page)

    def next(self, page: Page) -> Request | None:
        """Count one up."""
        spec = self.spec
        self._page += 1
        self._records += len(page.records)
        more = flag(page, self._more)
        if more is False:
            return None
        total = count(page, self._total)
        if not more and not page.records and spec.stop_after_empty_page:
            self._check_total(page, total)
            return None
        of_page = spec.total_path == "total" and total == len(page.records)  # perhaps no more
        if not more and total is not None and self._page >= total + spec.base_page and not of_page:
            return None
        if spec.maximum_page is not None and self._page >= spec.maximum_page:
            return None
        return put(page.request, spec.page_param, spec.page_body_path, self._page)

    def _check_total(self, page: Page, total: int | None) -> None:
        """Refuse an empty page where a total, of pages or of records, says that there are more."""
        if total is None or self._records == total or self.spec.page is not None:
            return
        pages = page.number - 1
        if self._records < total or pages < total:
            raise PagingError(
                f"{page.where}: the page is empty, but {self.spec.total_path} says {total}, and "
                f"{pages} pages with {self._records} records came; check base_page"
            )
