"""What goes wrong in a night: faults strike at their moment, or lie in wait for a request or a write."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.clouds.monta.stand_in.messages import Request
from smart_charging.entities.command import OFF, ON
from worlds.nights.cloud import PlayedCloud, TrueCharge, UnknownEventError
from worlds.nights.hardware import HardwareTroubles
from worlds.nights.line import TroubledLine
from worlds.nights.record import Blocked, Record, Sent
from worlds.nights.settings import car_name, show_mode
from worlds.nights.visits import MINUTE, Fault, Night, Trouble
from worlds.virtual_apps import VirtualHouse
from worlds.virtual_time import virtual_now

NAMES = ("Garage", "Carport", "Street")
RECOVERED_AFTER = 7 * MINUTE
"""The longest pause between two reads that fail, a read, a plan, a start."""
RECOVERED_AFTER_REFUSAL = 12 * MINUTE
"""The same where credentials were refused, or whatever looks like it."""
SEEN_WITHIN = 2 * MINUTE
"""By then a cable is known; who presses start sooner is told that there is none."""
STARTED_AFTER = 4 * MINUTE
"""From the start of AppDaemon, and from a start whose answer was lost."""
RETRIED_AFTER = 12 * MINUTE
"""Three minutes until a start that is ignored times out, some more until the next try."""
OBEYED_AFTER = timedelta(seconds=10)
"""A start that is on its way when the mode is chosen."""
USUAL_START_S, USUAL_STOP_S = 8, 5
NO_CLOCK_AT = datetime(1970, 1, 1, tzinfo=UTC)
_STEPS_S = (70, -70, 200, -200, 3600, -3600)
"""Of a machine's clock."""

Later = Callable[[datetime, Callable[[], Awaitable[None]]], None]


class Troubles:
    """Brings the faults of one night, and listens on the line to the cloud.

    Args:
        later: Calls something at a moment.
        start: Starts the apps anew.
    """

    def __init__(
        self,
        house: VirtualHouse,
        cloud: PlayedCloud,
        line: TroubledLine,
        point_ids: Sequence[int],
        *,
        later: Later,
        start: Callable[[], Awaitable[None]],
        show_soc: Callable[[int], Awaitable[None]],
    ) -> None:
        self._house = house
        self._cloud = cloud
        self._line = line
        self._point_ids = point_ids
        self.hardware = HardwareTroubles(cloud, point_ids, show_soc=show_soc)
        self._later = later
        self._start = start
        self.record = Record()
        self.happened: Counter[str] = Counter()
        self._modes: dict[int, str] = {}
        self._pressed: dict[tuple[int, bool], datetime] = {}
        self._read_at = virtual_now()
        self._ignored: Counter[int] = Counter()
        self.usual_ahead = house.host.ahead
        self.list_lag = timedelta(0)
        self._lying_in_wait: list[Fault] = []
        self._writes_left = 0
        self._start_takes = timedelta(seconds=USUAL_START_S)
        self._strikes: Mapping[Trouble, Callable[[Fault], Awaitable[None] | None]] = {
            Trouble.CLOUD_ERROR: self._fail_some_requests,
            Trouble.OUTAGE: self._fail_for_a_while,
            Trouble.LOST_START: self._lie_in_wait,
            Trouble.LOST_STOP: self._lie_in_wait,
            Trouble.TOKENS_REVOKED: self._revoke_tokens,
            Trouble.SLOW_STARTS: self._make_slow,
            Trouble.IGNORED_START: self._ignore_starts,
            Trouble.HOME_ASSISTANT_AWAY: self._lose_home_assistant,
            Trouble.KILLED: self._kill,
            Trouble.KILLED_BEFORE_START: self._lie_in_wait,
            Trouble.KILLED_AFTER_START: self._lie_in_wait,
            Trouble.KILLED_AFTER_WRITE: self._lie_in_wait,
            Trouble.HELPERS_UNAVAILABLE: self._lose_helpers,
            Trouble.FOREIGN_START: self._start_in_montas_app,
            Trouble.FOREIGN_STOP: self._stop_in_montas_app,
            Trouble.PRESSED_START: self._press,
            Trouble.PRESSED_STOP: self._press,
            Trouble.CHANGED_MIND: self._switch_off_and_on_again,
            Trouble.BROKER_AWAY: self._lose_broker,
            Trouble.CLOCK_STEP: self._step_clock,
            Trouble.CLOCKLESS_BOOT: self._boot_without_clock,
            Trouble.KILLED_NEAR_EDGE: self._kill,
            Trouble.KILLED_AFTER_BEGIN: self._lie_in_wait,
            Trouble.CLOUDS_SCHEDULE: self._let_cloud_plan,
            **self.hardware.strikes,
        }
        line.on_request, line.on_answer = self._on_request, self._on_answer
        house.disk.on_write = self._on_write

    async def expect(self, night: Night) -> None:
        """Begin with a new night."""
        self.record = self.hardware.record = Record()
        self.hardware.visits = {visit.charger: visit for visit in night.visits}
        self._modes = {visit.charger: visit.mode for visit in night.visits}
        self._ignored.clear()
        self._lying_in_wait.clear()
        await self._slow_down(USUAL_START_S, USUAL_STOP_S)

    async def strike(self, fault: Fault) -> None:
        """Let it happen; some take their time, and some never happen with a cloud."""
        strike = self._strikes.get(fault.trouble)
        try:
            if strike and (more := strike(fault)) is not None:
                self.happened[fault.trouble] += 1
                await more
            else:  # over already, or in the visits and the prices from the beginning
                self.happened[fault.trouble] += 1
        except UnknownEventError:
            self.happened[fault.trouble] -= 1

    def mend(self) -> None:
        """What the night has left broken."""
        self._line.failures.outage = None
        self._house.host.ahead = self.usual_ahead
        if (broker := self._house.broker) and not broker.is_up:
            broker.come_back()

    def block(self, length: timedelta, why: str, charger: int | None = None) -> None:
        """Excuse from now on what cannot be helped."""
        self.record.blocked.append(Blocked(virtual_now(), virtual_now() + length, why, charger))

    # -- the cloud ----------------------------------------------------------

    def _fail_some_requests(self, fault: Fault) -> None:
        self._line.failures.add(fault.failure, "", fault.times)
        self.block(RECOVERED_AFTER_REFUSAL, "errors")

    async def _fail_for_a_while(self, fault: Fault) -> None:
        self._line.failures.outage = fault.failure
        is_refusal = fault.failure is Failure.FORBIDDEN
        self.block(fault.lasts + (RECOVERED_AFTER_REFUSAL if is_refusal else RECOVERED_AFTER), "outage")
        await asyncio.sleep(fault.lasts.total_seconds())
        self._line.failures.outage = None

    async def _revoke_tokens(self, fault: Fault) -> None:
        await self._cloud.happen("revoke_tokens", refresh_too=fault.times % 2 == 0)

    async def _make_slow(self, fault: Fault) -> None:
        await self._slow_down(40 * fault.times, 15)

    async def _slow_down(self, start_s: float, stop_s: float) -> None:
        try:
            await self._cloud.happen("delays", start_s=start_s, stop_s=stop_s)
        except UnknownEventError:
            return
        self._start_takes = timedelta(seconds=start_s)

    async def _ignore_starts(self, fault: Fault) -> None:
        await self._cloud.happen("ignore_starts", point_id=self._point_ids[fault.charger], times=fault.times)
        self._ignored[fault.charger] += fault.times

    # -- Home Assistant -------------------------------------------------------

    async def _lose_home_assistant(self, fault: Fault) -> None:
        self._house.home.go_away()
        await asyncio.sleep(fault.lasts.total_seconds())
        self._house.home.come_back(restarted=fault.times % 2 == 0)

    async def _lose_helpers(self, fault: Fault) -> None:
        home = self._house.home
        lost = {key: value for key, value in home.states.items() if f".{car_name(fault.charger)}_" in key}
        nonsense = ("unavailable", "unknown", "", "five")[fault.times - 1]
        for entity_id in lost:
            home.show(entity_id, nonsense)
        await asyncio.sleep(fault.lasts.total_seconds())
        for entity_id, state in lost.items():
            if home.states[entity_id]["state"] == nonsense:
                home.show(entity_id, state["state"], **state["attributes"])

    async def _lose_broker(self, fault: Fault) -> None:
        if broker := self._house.broker:
            broker.go_away()
            await asyncio.sleep(fault.lasts.total_seconds())
            broker.come_back()

    # -- the process and its clock ----------------------------------------------

    async def _step_clock(self, fault: Fault) -> None:
        host = self._house.host
        host.ahead += timedelta(seconds=_STEPS_S[round(fault.lasts.total_seconds()) % len(_STEPS_S)])
        await asyncio.sleep(fault.lasts.total_seconds())
        host.ahead = self.usual_ahead

    async def _boot_without_clock(self, fault: Fault) -> None:
        """As some small computers do, until they have heard from a time server."""
        self._kill(fault)
        self._house.host.ahead = NO_CLOCK_AT - virtual_now()
        await asyncio.sleep(2 * fault.lasts.total_seconds())
        self._house.host.ahead = self.usual_ahead
        self.block(STARTED_AFTER, "no clock")

    def _lie_in_wait(self, fault: Fault) -> None:
        self._lying_in_wait.append(fault)
        self._writes_left = fault.times

    def _kill(self, fault: Fault) -> None:
        if not self._house.is_running:
            return
        self._house.kill()
        killed_at = virtual_now()
        self._later(killed_at + fault.lasts, lambda: self._start_again(killed_at))

    async def _start_again(self, killed_at: datetime) -> None:
        """AppDaemon starts no app before Home Assistant is there."""
        await self._house.home.wait()
        self.record.blocked.append(Blocked(killed_at, virtual_now() + STARTED_AFTER, "killed"))
        await self._start()

    # -- people -----------------------------------------------------------------

    async def _start_in_montas_app(self, fault: Fault) -> None:
        await self._act_elsewhere("start", fault, is_possible=await self.hardware.open_charge(fault.charger) is None)

    async def _stop_in_montas_app(self, fault: Fault) -> None:
        charge = await self.hardware.open_charge(fault.charger)
        await self._act_elsewhere("stop", fault, is_possible=charge is not None)

    async def _let_cloud_plan(self, fault: Fault) -> None:
        is_possible = await self.hardware.open_charge(fault.charger) is None
        await self._act_elsewhere("schedule", fault, is_possible=is_possible, in_s=fault.lasts.total_seconds())

    async def _act_elsewhere(self, event: str, fault: Fault, *, is_possible: bool, **details: object) -> None:
        visit = self.hardware.visits[fault.charger]
        if is_possible and visit.arrives_at < virtual_now() < visit.leaves_at:
            await self._cloud.happen(event, point_id=self._point_ids[fault.charger], **details)
            self.record.manual_actions.append((fault.at, fault.charger))

    def _press(self, fault: Fault) -> None:
        """The switch, as Home Assistant tells of it."""
        is_start = fault.trouble is Trouble.PRESSED_START
        if virtual_now() - self.hardware.visits[fault.charger].arrives_at > SEEN_WITHIN:
            self._pressed[fault.charger, is_start] = virtual_now()
        self.record.manual_actions.append((fault.at, fault.charger))
        point_id = self._point_ids[fault.charger]
        if broker := self._house.broker:
            broker.send(f"smart_charging/{point_id}/switch/charging/set", ON if is_start else OFF)
            return
        entity_id = f"switch.monta_{NAMES[fault.charger].lower()}_charging"
        service = "turn_on" if is_start else "turn_off"
        data = {"domain": "switch", "service": service, "service_data": {"entity_id": entity_id}}
        self._house.home.fire("call_service", data)

    async def _switch_off_and_on_again(self, fault: Fault) -> None:
        home, mode = self._house.home, self._modes[fault.charger]
        await home.wait()
        self.block(fault.lasts + STARTED_AFTER, "off for a while", fault.charger)
        show_mode(home, fault.charger, "off")
        await asyncio.sleep(OBEYED_AFTER.total_seconds())
        self._modes[fault.charger] = "off"
        await asyncio.sleep(fault.lasts.total_seconds())
        await home.wait()
        self._modes[fault.charger] = mode
        self.record.returns.append((virtual_now(), fault.charger))
        show_mode(home, fault.charger, mode)

    # -- what passes the line ---------------------------------------------------

    async def _on_request(self, request: Request) -> None:
        if request.method == "POST" and request.path == "charges":
            await self._on_start(self._charger_of(request))
        elif request.method == "POST" and request.path.startswith("charges/"):
            await self._on_stop(int(request.path.split("/")[1]))

    async def _on_start(self, charger: int) -> None:
        running = await self.hardware.open_charge(charger)
        self._note(charger, is_start=True, is_second=running is not None and self._is_known(running))
        if self._due(Trouble.LOST_START):
            self.block(STARTED_AFTER, "lost answer", charger)
            self._line.failures.add(Failure.CUT_AFTER_ACTING, "charges", 1, "POST")
        if fault := self._due(Trouble.KILLED_BEFORE_START):
            self._kill(fault)

    def _is_known(self, charge: TrueCharge) -> bool:
        """Ours at once; others' from the first list on that has it, which may be late."""
        return charge.by == "api" or self._read_at - self.list_lag > charge.created_at

    async def _on_stop(self, charge_id: int) -> None:
        charge = next((one for one in await self._cloud.charges() if one.id == charge_id), None)
        if charge is None:
            return
        charger = self._point_ids.index(charge.point_id)
        self._note(charger, is_start=False, stopped=charge_id)
        if self._due(Trouble.LOST_STOP):
            self.block(STARTED_AFTER, "lost answer", charger)
            self._line.failures.add(Failure.CUT_AFTER_ACTING, f"charges/{charge_id}", 1, "POST")

    async def _on_answer(self, request: Request, status: int) -> None:
        if status == 200 and request.method == "GET" and request.path == "charges":
            self._read_at = virtual_now()
        elif status == 200 and request.method == "POST" and request.path == "charges":
            self._on_started(self._charger_of(request))

    def _on_started(self, charger: int) -> None:
        if self._ignored[charger]:
            self._ignored[charger] -= 1
            self.block(RETRIED_AFTER, "ignored start", charger)
        if fault := self._due(Trouble.KILLED_AFTER_START):
            self._kill(fault)
        if fault := self._due(Trouble.KILLED_AFTER_BEGIN):
            self._later(virtual_now() + fault.lasts, lambda: self._killed(fault))

    async def _killed(self, fault: Fault) -> None:
        self._kill(fault)

    def _on_write(self) -> None:
        if self._writes_left:
            self._writes_left -= 1
            if not self._writes_left and (fault := self._due(Trouble.KILLED_AFTER_WRITE)):
                self._kill(fault)

    def _note(self, charger: int, *, is_start: bool, is_second: bool = False, stopped: int | None = None) -> None:
        now, pressed_at = virtual_now(), self._pressed.get((charger, is_start))
        self.record.sent.append(
            Sent(
                at=now,
                charger=charger,
                is_start=is_start,
                by_person=pressed_at is not None and now - pressed_at < 2 * MINUTE,
                mode=self._modes.get(charger, "off"),
                is_second=is_second,
                stopped=stopped,
            )
        )

    def _charger_of(self, request: Request) -> int:
        assert isinstance(request.json, Mapping)
        return self._point_ids.index(request.json["chargePointId"])

    def _due(self, trouble: Trouble) -> Fault | None:
        found = next((fault for fault in self._lying_in_wait if fault.trouble is trouble), None)
        if found:
            self._lying_in_wait.remove(found)
        return found
