"""Writes Singer messages to standard output."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING

from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.singerlib.encoding.base import SingerMessageType
from typing_extensions import override

if TYPE_CHECKING:
    from singer_sdk.singerlib.encoding.simple import Message

__all__ = ["MessageWriter"]

logger = logging.getLogger("tap-analytics")


class MessageWriter(MsgSpecWriter):
    """Leaves RECORD messages in the buffer until it is full, or another message follows them.

    A target that goes away ends the run with one line: what it did not take is lost to nobody,
    for no STATE covers it.

    Attributes:
        records_since_state: Whether records followed the last STATE message.
    """

    records_since_state = False

    @override
    def write_message(self, message: Message) -> None:
        if message.type in {SingerMessageType.RECORD, SingerMessageType.STATE}:
            self.records_since_state = message.type == SingerMessageType.RECORD
        try:
            sys.stdout.buffer.write(self.format_message(message))
            if message.type != SingerMessageType.RECORD:
                sys.stdout.flush()
        except BrokenPipeError:
            logger.error("the target closed the pipe before the end")  # noqa: TRY400
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())  # or the interpreter fails to flush at its exit
            sys.exit(1)
