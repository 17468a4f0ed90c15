"""What chargers, cars and their meters do in a night that nobody asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta

from worlds.nights.cloud import PlayedCloud, TrueCharge
from worlds.nights.record import Blocked, Record, Replug
from worlds.nights.visits import MINUTE, Fault, Trouble, Visit
from worlds.virtual_time import virtual_now

SEEN_AFTER = 3 * MINUTE
"""A cable, at the latest: a read, and what is published and planned after it."""
RETRIED_AFTER_PAUSE = 20 * MINUTE
"""A car that took nothing is asked again no more often than that."""
WOKEN_AFTER = 30 * MINUTE
"""That it takes too little has to last before it is believed, and then it is asked again."""
RECOVERED_AFTER = 12 * MINUTE
"""A stop nobody asked for is seen, thought about, and followed by a start."""
NOTICED_AFTER = 6 * MINUTE
"""A cable that was out so long was seen to be out; one that was out for less may have been."""
_NOBODYS = ("PowerLoss", "Reboot", "HardReset", "SoftReset", "DeAuthorized", "Other")
_PERSONS = ("Local", "EmergencyStop", "UnlockCommand")
_GLITCHES_PERCENT = (0, 0, 100, 100, 1)
_GLITCHES_KWH = (399.0, 40.0, 1e6, -3.0)


class HardwareTroubles:
    """Strikes at the chargers, and writes down what nobody can be blamed for.

    Args:
        show_soc: Shows a car's state of charge anew.
    """

    def __init__(
        self, cloud: PlayedCloud, point_ids: Sequence[int], *, show_soc: Callable[[int], Awaitable[None]]
    ) -> None:
        self._cloud = cloud
        self._point_ids = point_ids
        self._show_soc = show_soc
        self.record = Record()
        self.visits: Mapping[int, Visit] = {}
        self.soc_glitches: dict[int, float] = {}
        self.tells_reasons = True
        """Whether the cloud says why a charge ended."""
        self.strikes: Mapping[Trouble, Callable[[Fault], Awaitable[None]]] = {
            Trouble.CABLE_FLICKER: self._flicker,
            Trouble.REPLUGGED: self._replug,
            Trouble.SOC_GLITCH: self._glitch_soc,
            Trouble.METER_GLITCH: self._glitch_meter,
            Trouble.HELD: self._hold,
            Trouble.NAP: self._fall_asleep,
            Trouble.BROKEN_OFF: self._break_off,
            Trouble.STOPPED_LOCALLY: self._stop_locally,
            Trouble.STOPS_IGNORED: self._ignore_stops,
            Trouble.OFFLINE: self._lose,
        }

    async def open_charge(self, charger: int) -> TrueCharge | None:
        """The one that is not over at a charger."""
        point_id = self._point_ids[charger]
        return next((one for one in await self._cloud.charges() if one.point_id == point_id and one.is_open), None)

    def block(self, length: timedelta, why: str, charger: int, *, is_deaf: bool = False) -> None:
        now = virtual_now()
        self.record.blocked.append(Blocked(now, now + length, why, charger, is_deaf=is_deaf))

    async def _happen(self, event: str, fault: Fault, **details: object) -> None:
        await self._cloud.happen(event, point_id=self._point_ids[fault.charger], **details)

    def _is_there(self, fault: Fault) -> bool:
        """Whether the car is, and stays until it is over."""
        visit = self.visits.get(fault.charger)
        return visit is not None and visit.arrives_at < virtual_now() and virtual_now() + fault.lasts < visit.leaves_at

    # -- the cable -----------------------------------------------------------

    async def _flicker(self, fault: Fault) -> None:
        await self._happen("show_cable", fault, is_in=False)
        self.block(fault.lasts + SEEN_AFTER, "cable flickered", fault.charger)
        await asyncio.sleep(fault.lasts.total_seconds())
        await self._happen("show_cable", fault, is_in=True)

    async def _replug(self, fault: Fault) -> None:
        if not self._is_there(fault):
            return
        out_at, visit = virtual_now(), self.visits[fault.charger]
        await self._happen("unplug", fault)
        self.block(fault.lasts + SEEN_AFTER, "replugged", fault.charger)
        await asyncio.sleep(fault.lasts.total_seconds())
        had_kwh = await self._had_kwh(visit)
        details = {"power_kw": visit.power_kw, "starts_by_itself": visit.begins_by_itself}
        await self._happen("plug_in", fault, wants_kwh=max(0.0, visit.takes_kwh - had_kwh), **details)
        self.record.replugs.append(Replug(out_at, virtual_now(), fault.charger))
        if fault.lasts >= NOTICED_AFTER:
            self.record.returns.append((virtual_now(), fault.charger))

    async def _had_kwh(self, visit: Visit) -> float:
        point_id = self._point_ids[visit.charger]
        charges = await self._cloud.charges()
        return sum(one.kwh for one in charges if one.point_id == point_id and one.created_at >= visit.arrives_at)

    # -- what is told ----------------------------------------------------------

    async def _glitch_soc(self, fault: Fault) -> None:
        self.soc_glitches[fault.charger] = _GLITCHES_PERCENT[fault.times % len(_GLITCHES_PERCENT)]
        await self._show_soc(fault.charger)
        await asyncio.sleep(fault.lasts.total_seconds())
        del self.soc_glitches[fault.charger]
        await self._show_soc(fault.charger)

    async def _glitch_meter(self, fault: Fault) -> None:
        await self._happen("meter_glitch", fault, kwh=_GLITCHES_KWH[fault.times % len(_GLITCHES_KWH)])
        await asyncio.sleep(fault.lasts.total_seconds())
        await self._happen("meter_glitch", fault, kwh=0.0)

    # -- the charge ------------------------------------------------------------

    async def _hold(self, fault: Fault) -> None:
        await self._happen("hold", fault)
        self.block(fault.lasts + RETRIED_AFTER_PAUSE, "held by load management", fault.charger)
        await asyncio.sleep(fault.lasts.total_seconds())
        await self._happen("let_go", fault)

    async def _fall_asleep(self, fault: Fault) -> None:
        if await self.open_charge(fault.charger):
            await self._happen("nap", fault, naps=1)
            self.block(WOKEN_AFTER, "car asleep", fault.charger)

    async def _break_off(self, fault: Fault) -> None:
        charge = await self.open_charge(fault.charger)
        if charge is None:
            return
        await self._happen("break_off", fault, reason=_NOBODYS[fault.times % len(_NOBODYS)])
        self.block(RECOVERED_AFTER, "broken off", fault.charger)
        if not self.tells_reasons:
            self.record.manual_actions.append((fault.at, fault.charger))  # who is to know that it was nobody

    async def _stop_locally(self, fault: Fault) -> None:
        if await self.open_charge(fault.charger):
            await self._happen("break_off", fault, reason=_PERSONS[fault.times % len(_PERSONS)])
            self.record.manual_actions.append((fault.at, fault.charger))

    async def _ignore_stops(self, fault: Fault) -> None:
        await self._happen("obey_stops", fault, does=False)
        self.block(fault.lasts + RECOVERED_AFTER, "stops not obeyed", fault.charger, is_deaf=True)
        await asyncio.sleep(fault.lasts.total_seconds())
        await self._happen("obey_stops", fault, does=True)

    async def _lose(self, fault: Fault) -> None:
        if not self._is_there(fault):
            return
        await self._happen("lose", fault)
        self.block(fault.lasts + RECOVERED_AFTER, "charger offline", fault.charger, is_deaf=True)
        await asyncio.sleep(fault.lasts.total_seconds())
        await self._happen("find", fault)
