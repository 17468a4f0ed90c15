"""What people answer to notifications with the buttons on their phones."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import tzinfo

from smart_charging.entities.plan_view import PlanState
from smart_charging.mode import Mode
from smart_charging.services.control.accounts import CommandedAccount
from smart_charging.services.control.origins import Origin
from smart_charging.services.notify.buttons import Button, Press
from smart_charging.services.notify.notifier import Notifier
from smart_charging.services.scheduling.charger_scheduler import ChargerScheduler
from smart_charging.services.sessions.session import OneOff, Session

_AN_EARLIER_SESSION = "That notification was about an earlier session; nothing is changed"
_JUST_STARTED = "The apps have only just started and do not know the car yet; press again in a minute"
_BY_PLAN = "It is charged by plan again"


class ButtonPresses:
    """Obeys a button for the session it was sent in; whatever comes of it is answered on the phone and logged.

    Args:
        schedulers: By the chargers' keys; a live mapping.
        states: What was last shown, by the same keys; live, too.
        accounts: All that are commanded, those of other scheduler apps included.
    """

    def __init__(
        self,
        schedulers: Mapping[str, ChargerScheduler],
        states: Mapping[str, PlanState],
        accounts: Sequence[CommandedAccount],
        notifier: Notifier,
        *,
        zone: tzinfo,
        log: logging.Logger,
    ) -> None:
        self._schedulers = schedulers
        self._states = states
        self._accounts = accounts
        self._notifier = notifier
        self._zone = zone
        self._log = log
        self._in_order: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def press(self, key: object) -> bool:
        """Do what a button of ours says; False for one of somebody else's."""
        press = Press.of(key)
        if press is None or self._is_anothers(press.charger_key):
            return False
        scheduler = self._schedulers.get(press.charger_key)
        if scheduler is None:
            self._tell(press, "Smart charging", f"No scheduler plans for {press.charger_key} any more")
        else:
            async with self._in_order[press.charger_key]:
                self._tell(press, scheduler.name, await self._obey(press, scheduler))
        return True

    def _is_anothers(self, charger_key: str) -> bool:
        """Whether another scheduler app plans for the charger, and answers."""
        if charger_key in self._schedulers:
            return False
        claimed = (one.hub.names.device_id(charger_id) for one in self._accounts for charger_id in one.schedulers)
        return charger_key in claimed

    def _tell(self, press: Press, name: str, answer: str) -> None:
        self._log.info("%s: %s was pressed. %s", name, press.button.label, answer)
        self._notifier.answer(press.charger_key, name, answer)

    async def _obey(self, press: Press, scheduler: ChargerScheduler) -> str:
        state, session = self._states.get(press.charger_key), scheduler.session
        if state is None:
            return _JUST_STARTED
        if session is None or not session.is_of(press.plugged_in_at):
            return _AN_EARLIER_SESSION
        match press.button:
            case Button.CHARGE_NOW:
                return await self._charge_now(scheduler, session, state)
            case Button.SKIP_TONIGHT:
                return await self._skip(scheduler, session)
            case Button.KEEP_GOING:
                return await self._keep_going(scheduler, session, state)

    async def _charge_now(self, scheduler: ChargerScheduler, session: Session, state: PlanState) -> str:
        if state is PlanState.DONE:
            return "The car has all it was to get"
        if not session.manual and _mode(session) == Mode.NOW:
            return "It is charged at once already"
        await scheduler.ask_once(OneOff.NOW)
        return "It is charged at once and at any price; next time by plan again"

    async def _skip(self, scheduler: ChargerScheduler, session: Session) -> str:
        if not session.manual and _mode(session) in {OneOff.SKIP, Mode.OFF}:
            return "Nothing is charged already"
        await scheduler.ask_once(OneOff.SKIP)
        departure = f"{session.ready_by.astimezone(self._zone):%a %H:%M}"
        return f"Skipped: no more than the minimum is charged until the cable is pulled or {departure} has passed"

    async def _keep_going(self, scheduler: ChargerScheduler, session: Session, state: PlanState) -> str:
        if scheduler.is_on:
            return "It is charging"
        if session.manual or session.one_off is OneOff.SKIP or state is PlanState.STUCK:
            await scheduler.resume()
            return _BY_PLAN
        if state is not PlanState.DONE:
            return "It goes by its plan already"
        started = await scheduler.account.control.start(scheduler.charger_id, origin=Origin.PERSON)
        return "It goes on until the car is full or somebody stops it" if started.ok else f"{started.error}"


def _mode(session: Session) -> str:
    """What counts in a session without a manual override."""
    return session.one_off or session.mode
