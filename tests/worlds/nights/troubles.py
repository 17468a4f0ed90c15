"""What goes wrong in a night: faults strike at their moment, or lie in wait for a request or a write."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.clouds.monta.stand_in.lifecycle import Delays
from smart_charging.clouds.monta.stand_in.messages import Request
from smart_charging.clouds.monta.stand_in.site import ChargePoint
from worlds.nights.record import Blocked, Record, Sent
from worlds.nights.settings import car_name, show_mode
from worlds.nights.visits import MINUTE, Fault, Night, Trouble
from worlds.virtual_apps import Line, VirtualHouse
from worlds.virtual_time import virtual_now

NAMES = ("Garage", "Carport", "Street")
RECOVERED_AFTER = 7 * MINUTE
"""The longest pause between two reads that fail, a read, a plan, a start."""
RECOVERED_AFTER_REFUSAL = 12 * MINUTE
"""The same where credentials were refused, or whatever looks like it."""
STARTED_AFTER = 4 * MINUTE
"""From the start of AppDaemon, and from a start whose answer was lost."""
RETRIED_AFTER = 12 * MINUTE
"""Three minutes until a start that is ignored times out, some more until the next try."""
OBEYED_AFTER = timedelta(seconds=10)
"""A start that is on its way when the mode is chosen."""

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
        monta: MontaStandIn,
        point_ids: Sequence[int],
        *,
        later: Later,
        start: Callable[[], Awaitable[None]],
    ) -> None:
        self._house = house
        self._monta = monta
        self._point_ids = point_ids
        self._later = later
        self._start = start
        self.record = Record()
        self.happened: Counter[str] = Counter()
        self._modes: dict[int, str] = {}
        self._pressed: dict[tuple[int, bool], datetime] = {}
        self._read_at = virtual_now()
        self._ignored: Counter[int] = Counter()
        self._lying_in_wait: list[Fault] = []
        self._writes_left = 0
        self._strikes: Mapping[Trouble, Callable[[Fault], Awaitable[None] | None]] = {
            Trouble.CLOUD_ERROR: self._fail_some_requests,
            Trouble.OUTAGE: self._fail_for_a_while,
            Trouble.LOST_START: self._lie_in_wait,
            Trouble.LOST_STOP: self._lie_in_wait,
            Trouble.TOKENS_REVOKED: self._revoke_tokens,
            Trouble.SLOW_STARTS: self._slow_down,
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
        }

    def listen(self, line: Line) -> None:
        """Be told of all that passes there, and of what is written to the disk."""
        line.before, line.after = self._on_request, self._on_answer
        self._house.disk.on_write = self._on_write

    def expect(self, night: Night) -> None:
        """Begin with a new night."""
        self.record = Record()
        self._modes = {visit.charger: visit.mode for visit in night.visits}
        self._ignored.clear()
        self._lying_in_wait.clear()
        self._monta.site.delays = Delays()

    def strike(self, fault: Fault) -> Awaitable[None] | None:
        """Let it happen; some take their time."""
        self.happened[fault.trouble] += 1
        strike = self._strikes.get(fault.trouble)
        return strike(fault) if strike else None  # the others are in the visits and the prices already

    def block(self, length: timedelta, why: str, charger: int | None = None) -> None:
        """Excuse from now on what cannot be helped."""
        self.record.blocked.append(Blocked(virtual_now(), virtual_now() + length, why, charger))

    # -- the cloud ----------------------------------------------------------

    def _fail_some_requests(self, fault: Fault) -> None:
        self._monta.fail_next(fault.failure, times=fault.times)
        self.block(RECOVERED_AFTER_REFUSAL, "errors")

    async def _fail_for_a_while(self, fault: Fault) -> None:
        self._monta.failures.outage = fault.failure
        is_refusal = fault.failure is Failure.FORBIDDEN
        self.block(fault.lasts + (RECOVERED_AFTER_REFUSAL if is_refusal else RECOVERED_AFTER), "outage")
        await asyncio.sleep(fault.lasts.total_seconds())
        self._monta.failures.outage = None

    def _revoke_tokens(self, fault: Fault) -> None:
        self._monta.revoke_tokens(refresh_too=fault.times % 2 == 0)

    def _slow_down(self, fault: Fault) -> None:
        self._monta.site.delays = Delays(start=timedelta(seconds=40 * fault.times), stop=timedelta(seconds=15))

    def _ignore_starts(self, fault: Fault) -> None:
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

    # -- the process ----------------------------------------------------------

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

    def _start_in_montas_app(self, fault: Fault) -> None:
        point, is_open = self._point(fault.charger)
        if point.car and not is_open:
            self._monta.start_by_hand(point.id)
            self.record.manual_actions.append((fault.at, fault.charger))

    def _stop_in_montas_app(self, fault: Fault) -> None:
        point, is_open = self._point(fault.charger)
        if is_open:
            self._monta.stop_by_hand(point.id)
            self.record.manual_actions.append((fault.at, fault.charger))

    def _press(self, fault: Fault) -> None:
        """The switch, as Home Assistant tells of it."""
        is_start = fault.trouble is Trouble.PRESSED_START
        self._pressed[fault.charger, is_start] = virtual_now()
        self.record.manual_actions.append((fault.at, fault.charger))
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

    def _point(self, charger: int) -> tuple[ChargePoint, bool]:
        """The charge point, and whether a charge is open there."""
        self._monta.site.catch_up()
        point = self._monta.site.points[self._point_ids[charger]]
        return point, point.charge is not None and point.charge.is_open

    # -- what passes the line ---------------------------------------------------

    def _on_request(self, request: Request) -> None:
        if request.method == "POST" and request.path == "charges":
            self._on_start(self._charger_of(request))
        elif request.method == "POST" and request.path.startswith("charges/"):
            self._on_stop(int(request.path.split("/")[1]))

    def _on_start(self, charger: int) -> None:
        point, is_open = self._point(charger)
        running = point.charge
        is_known = running is not None and (running.by == "api" or self._read_at > running.created_at)
        self._note(charger, is_start=True, is_second=is_open and is_known)
        self.block(self._monta.site.delays.start, "starting", charger)
        if self._due(Trouble.LOST_START):
            self.block(STARTED_AFTER, "lost answer", charger)
            self._monta.fail_next(Failure.CUT_AFTER_ACTING, "charges", method="POST")
        if fault := self._due(Trouble.KILLED_BEFORE_START):
            self._kill(fault)

    def _on_stop(self, charge_id: int) -> None:
        charger = self._point_ids.index(self._monta.site.charges[charge_id].point.id)
        self._note(charger, is_start=False, stopped=charge_id)
        if self._due(Trouble.LOST_STOP):
            self.block(STARTED_AFTER, "lost answer", charger)
            self._monta.fail_next(Failure.CUT_AFTER_ACTING, f"charges/{charge_id}", method="POST")

    def _on_answer(self, request: Request, status: int) -> None:
        if status == 200 and request.method == "GET" and request.path == "charges":
            self._read_at = virtual_now()
        elif status == 200 and request.method == "POST" and request.path == "charges":
            self._ignore_if_so_minded(self._charger_of(request))
            if fault := self._due(Trouble.KILLED_AFTER_START):
                self._kill(fault)

    def _ignore_if_so_minded(self, charger: int) -> None:
        point, _ = self._point(charger)
        if point.charge and self._ignored[charger]:
            self._ignored[charger] -= 1
            point.charge.begins_at = None
            self.block(RETRIED_AFTER, "ignored start", charger)

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
