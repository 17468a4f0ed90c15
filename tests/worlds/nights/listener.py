"""What the apps log while a night is played."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from worlds.virtual_time import virtual_now


class Listener(logging.Handler):
    """Keeps what the apps log, by virtual time."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.bugs: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        line = f"{virtual_now():%m-%d %H:%M:%S} {record.levelname} {self.format(record)}"
        self.lines.append(line)
        if record.exc_info:
            self.bugs.append(line)


@contextmanager
def listening() -> Iterator[Listener]:
    log, listener = logging.getLogger("virtual"), Listener()
    log.propagate = False
    log.addHandler(listener)
    log.setLevel(logging.INFO)
    try:
        yield listener
    finally:
        log.removeHandler(listener)
