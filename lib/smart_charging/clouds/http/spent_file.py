"""Remembers over a restart which requests still count against the quota."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from smart_charging.clouds.http.model import CloudModel, Stamp


class _Kept(CloudModel):
    """The file's content."""

    is_complete: bool
    sent_at: tuple[Stamp, ...]
    quota: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Requests sent before the restart."""

    sent_at: Sequence[datetime] = ()
    is_complete: bool
    """False after a kill: there may have been more."""
    quota: int | None = None
    """The last known; None where it was not kept."""


class SpentFile:
    """A small file beside the tokens, written at a regular end and in minutes with many requests, without haste.

    Errors are not worth a line in the log: the worst that can follow is one refused request.
    """

    def __init__(self, path: Path, logger: logging.Logger) -> None:
        self._path = path
        self._log = logger

    def take(self) -> Spent:
        """What was kept; only once, so that a kill after this is not taken for a regular end."""
        try:
            kept = _Kept.model_validate_json(self._path.read_bytes())
            self.write((), is_complete=False, quota=kept.quota)
        except (OSError, ValidationError) as err:
            self._log.debug("%s: %s", self._path, type(err).__name__)
            return Spent(is_complete=False)
        return Spent(sent_at=kept.sent_at, is_complete=kept.is_complete, quota=kept.quota)

    def write(self, sent_at: Sequence[datetime], *, is_complete: bool, quota: int | None) -> None:
        """Replace the content; not forced to the disk, as after a power cut a boot takes longer than a window."""
        moments = [at.isoformat() for at in sent_at]
        text = json.dumps({"isComplete": is_complete, "sentAt": moments, "quota": quota})
        draft = self._path.with_suffix(".draft")
        try:
            draft.write_text(text, encoding="utf-8")
            draft.replace(self._path)
        except OSError as err:
            self._log.debug("%s: %s", self._path, type(err).__name__)
