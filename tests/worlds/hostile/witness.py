"""Sees what must not happen while the apps run: errors that are logged, tasks that died, and time that is lost."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from time import process_time

SLOW_S = 8.0
"""Of computing time for a case; usually half a second."""
LONGEST_LINE = 2000
_CONTROL = {*map(chr, range(32)), "\x7f", "\x9b"} - {"\n", "\t"}


class Witness(logging.Handler):
    """Listens to the log of all apps, and of asyncio, which tells of tasks that died."""

    def __init__(self) -> None:
        super().__init__()
        self.findings: list[str] = []
        self.lines: list[str] = []

    def told(self) -> str | None:
        """The findings, each once; None when there are none."""
        return "; ".join(dict.fromkeys(self.findings)) or None

    def emit(self, record: logging.LogRecord) -> None:
        line = record.getMessage()
        self.lines.append(line)
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            where = error.__traceback__
            while where and where.tb_next:
                where = where.tb_next
            place = f"{where.tb_frame.f_code.co_qualname}:{where.tb_lineno}" if where else "nowhere"
            self.findings.append(f"{type(error).__name__} at {place}: {error!s:.200} ({line:.100})")
        elif "should not happen" in line or "never retrieved" in line:
            self.findings.append(line[:300])
        elif len(line) > LONGEST_LINE or _CONTROL & set(line):
            self.findings.append(f"a log line that is too long or not clean: {line[:100]!r}")


@contextmanager
def witness() -> Iterator[Witness]:
    """One that listens to everything logged within."""
    seen = Witness()
    root = logging.getLogger()
    loggers = [logging.getLogger(name) for name in ("virtual", "asyncio", "household")]
    before = [(logger, logger.propagate, logger.level) for logger in loggers]
    began = process_time()
    for logger in loggers:
        logger.addHandler(seen)
        logger.propagate = False
        logger.setLevel(logging.INFO)
    try:
        yield seen
    finally:
        assert root is not None
        for logger, propagates, level in before:
            logger.removeHandler(seen)
            logger.propagate = propagates
            logger.setLevel(level)
        if (took_s := process_time() - began) > SLOW_S:
            seen.findings.append(f"it took {took_s:.1f} s")
