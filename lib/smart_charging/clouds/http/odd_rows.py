"""Logs rows of a cloud's lists that cannot be read."""

from __future__ import annotations

import logging
import re

from smart_charging.clouds.http.wire import Call

_MOST_KINDS_LOGGED = 20


class OddRows:
    """Logs that a row was skipped, once for each kind of mistake."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._logged_kinds: set[str] = set()

    def warn(self, call: Call, complaint: str) -> None:
        """Log a row that was left out."""
        kind = re.sub(r"\d+", "*", f"{call}: {complaint}")
        if kind not in self._logged_kinds and len(self._logged_kinds) < _MOST_KINDS_LOGGED:
            self._logged_kinds.add(kind)
            self._log.warning("%s: a row is left out (%s); please report it", call, complaint)
