"""Manual override at one charger: when the scheduler yields, and which charges it takes over."""

from __future__ import annotations

from smart_charging.charger import Charge, Charger
from smart_charging.mode import Mode, TakeOver
from smart_charging.services.cars.car_settings import CarSettings
from smart_charging.services.control.control import Control
from smart_charging.services.control.origins import Origin
from smart_charging.services.control.replugged import begins_after, is_replugged
from smart_charging.services.sessions.session import Session, SessionKeeper


class ManualOverride:
    """Yields to people until the cable is pulled or they resume the scheduler; takes over charges as configured."""

    def __init__(self, keeper: SessionKeeper, control: Control) -> None:
        self._keeper = keeper
        self._control = control

    async def yield_to_person(self, reason: str) -> None:
        """Begin an override that lasts until the cable is pulled or a person resumes the scheduler.

        Works before the first round after a restart, too. A newer reason replaces the older.
        """
        session = await self._keeper.recall()
        if session is None or (not session.one_off and (session.manual == reason or session.mode == Mode.OFF)):
            return
        session.one_off = None
        session.manual = None if session.mode == Mode.OFF else reason
        await self._keeper.keep()

    async def resume(self) -> None:
        """End the override: a running charge may be taken over, and a full car is tried again."""
        if (session := self._keeper.session) is None:
            return
        session.manual, session.one_off, session.may_adopt, session.freed_at = None, None, True, None
        session.ask_again()
        await self._keeper.keep()

    async def review(self, session: Session, charger: Charger, car: CarSettings) -> None:
        """Take over a running charge that we did not start, or yield to it."""
        charge = charger.active_charge
        if charger.held_by:  # what runs in a mode of the cloud's own is neither ours nor a person's decision
            return
        if charge and self._control.is_stopping(charger):  # its origin no longer matters, unless the stop is ignored
            return
        if session.may_adopt and not self._control.is_on(charger):  # a charge that begins later is a newer decision
            session.may_adopt = False
            await self._keeper.keep()
        if charge is None or car.mode is Mode.OFF or self._control.origin_of(charge) is Origin.US:
            return
        is_nobodys = charger.starts_by_itself and self._control.origin_of(charge) is Origin.OTHER
        if not session.manual and (is_nobodys or self._takes_over(session, charger, charge, car.take_over)):
            await self._control.adopt(charge)
            await self._keeper.keep()
        else:
            is_hand = self._control.origin_of(charge) is Origin.PERSON
            await self.yield_to_person("started by hand" if is_hand else "a charge was started elsewhere")

    def _takes_over(self, session: Session, charger: Charger, charge: Charge, take_over: TakeOver) -> bool:
        if session.may_adopt:
            session.may_adopt = False
            return True
        if self._control.origin_of(charge) is Origin.PERSON:
            return False
        if take_over is not TakeOver.PLUG_IN:
            return take_over is TakeOver.ALWAYS
        return session.takes_over(charge) or self._begins_at_replug(session, charger, charge)

    def _begins_at_replug(self, session: Session, charger: Charger, charge: Charge) -> bool:
        """Whether a charge began by itself as the cable went in again, for too short a time to be another session.

        In doubt it did, at a charger that has begun one by itself in this session: else nothing would ever end it.
        """
        if is_replugged(charger, charge):
            return True
        actions = self._control.manual_actions
        may_be = begins_after(session.seen_out_at, charge) or actions.may_follow_replug(charger, charge)
        return session.has_taken_over and may_be
