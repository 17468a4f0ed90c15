"""A mode of the cloud's own, such as charging by the sun, in which a charger does not follow plans."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from smart_charging.charger import Charger
from smart_charging.errors import CloudError
from smart_charging.services.control.accounts import CommandedAccount
from smart_charging.services.sessions.session import Session, SessionKeeper

SHOWN_WITHIN = timedelta(minutes=3)
"""How long a cloud may show the mode from before."""
_CHOICES = "set another mode, or switch smart charging on"


class CloudMode:
    """Waits for the end of such a mode, or ends it where that is allowed: once a session, as a person may want it back.

    Args:
        may_set: Whether the mode may be changed.
    """

    def __init__(self, account: CommandedAccount, keeper: SessionKeeper, *, may_set: bool, log: logging.Logger) -> None:
        self._cloud_name = account.hub.names.words.name
        self._abilities = account.abilities
        self._may_free = may_set and account.abilities.can_free
        self._keeper = keeper
        self._log = log

    def notice(self, charger: Charger) -> str | None:
        """What to say before anything is due; None where nothing is in the way."""
        return self._waits(charger) if charger.held_by and not self._may_free else None

    async def free(self, charger: Charger, now: datetime) -> str:
        """End the mode, if that is allowed, as a command is due; returns what to say meanwhile."""
        session = self._keeper.session
        if not self._may_free or session is None:
            return self._waits(charger)
        if session.freed_at is None and (trouble := await self._free(charger, session, now)):
            return trouble
        if session.freed_at and now - session.freed_at < SHOWN_WITHIN:
            return f"{charger.name} leaves {charger.held_by} first"
        return f"{charger.name} is in {charger.held_by} again, which a person may have wanted; {_CHOICES}"

    async def _free(self, charger: Charger, session: Session, now: datetime) -> str | None:
        """Written down first: after a kill it is not done a second time, against a person who has put it back."""
        session.freed_at = now
        await self._keeper.keep()
        try:
            await self._abilities.free(charger)
        except CloudError as err:
            session.freed_at = None
            await self._keeper.keep()
            return f"{charger.name} is in {charger.held_by} and cannot leave it: {err}"
        self._log.info("%s: taken out of %s, so that it follows its plan", charger.name, charger.held_by)
        return None

    def _waits(self, charger: Charger) -> str:
        return (
            f"{charger.name} is in {charger.held_by}, in which it does not follow plans; "
            f"set another mode in {self._cloud_name}, or write may_set_mode: true"
        )
