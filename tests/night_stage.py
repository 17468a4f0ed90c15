"""A night as it is played: cars come and leave, prices are published, things go wrong; all that matters is noted."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from fakes import BASE_URL
from night_visits import EFFICIENCY, MINUTE, Fault, Household, Kind, Night, Trouble, Visit
from smart_charging.config.scheduler import ChargerSchedule
from smart_charging.prices.curve import PriceCurve
from smart_charging.stand_in.cloud import MontaStandIn
from smart_charging.stand_in.failures import Failure
from smart_charging.stand_in.lifecycle import Delays
from smart_charging.stand_in.messages import Request
from smart_charging.stand_in.site import Car, Charge
from virtual_apps import Arguments, House, StandInTransport
from virtual_time import running_loop, sleep_until, virtual_now
from year_of_prices import DAY, HOUR, ZONE, local, shown

PRICE_ENTITY = "sensor.nordpool"
NAMES = ("Garage", "Carport", "Street")
POLL_S = 120
PUBLISHED_AT = 13 * HOUR
_HAS_NEW_SETTINGS = "mode" in ChargerSchedule.model_fields


@dataclass(frozen=True, slots=True)
class Blocked:
    """A time in which nobody could have started a charge, until all is well again."""

    start: datetime
    end: datetime
    why: str
    charger: int | None = None
    """None for all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A start or a stop that reached the cloud."""

    at: datetime
    charger: int
    is_start: bool
    by_person: bool
    """Because somebody pressed the switch just before."""
    mode: str
    is_second: bool = False
    """A start although one of ours ran, or one of others' that we had read of."""
    stopped: int | None = None
    """The id of the charge to end."""


@dataclass(slots=True)
class Record:
    """What happened, for those who judge."""

    blocked: list[Blocked] = field(default_factory=list)
    hands: list[tuple[datetime, int, Trouble]] = field(default_factory=list)
    """When people took charging into their own hands, and where."""
    sent: list[Sent] = field(default_factory=list)
    plans: list[tuple[datetime, int, str]] = field(default_factory=list)
    """Each new state of a plan's entity."""


class Stage:
    """One house for some nights."""

    def __init__(
        self, house: House, monta: MontaStandIn, transport: StandInTransport, household: Household, prices: PriceCurve
    ) -> None:
        self.house = house
        self.monta = monta
        self.household = household
        self.prices = prices
        self.record = Record()
        self.happened: Counter[str] = Counter()
        self.point_ids = [monta.add_charge_point(name) for name in NAMES[: household.chargers]]
        self._night: Night | None = None
        self._arguments: Arguments = {}
        self._pressed: dict[tuple[int, bool], datetime] = {}
        self._read_at = virtual_now()
        self._ignore: Counter[int] = Counter()
        self._armed: list[Fault] = []
        self._writes_left = 0
        self._tasks: list[asyncio.Task[None]] = []
        transport.before, transport.after = self._on_request, self._on_answer
        house.disk.on_write = self._on_write

    # -- a night ---------------------------------------------------------

    async def play(self, night: Night) -> None:
        """From the evening before to the morning after; nobody watches the day between two nights."""
        self._night, self.record, self._armed = night, Record(), []
        self._ignore.clear()
        self.monta.site.delays = Delays()
        for at, show in self._prices_before(night):
            running_loop().leap(at)
            show()
        running_loop().leap(night.begins_at)
        await asyncio.sleep(1)  # what was due during the day is done now
        await self._settle_in(night)
        for at, happens in self._timeline(night):
            self._later(at, happens)
        await sleep_until(night.ends_at)
        while self._tasks:
            await self._tasks.pop()
        await self._recover()

    async def _settle_in(self, night: Night) -> None:
        """People say what they want of the coming night, in apps.yaml or with helpers."""
        visits = {visit.charger: visit for visit in night.visits}
        for charger, visit in visits.items():
            self._show_helpers(charger, visit)
        if not self.household.has_helpers or not self._arguments:
            await self.house.stop()
            self._arguments = self._written(visits)
            await self.house.start(self._arguments)

    async def _recover(self) -> None:
        """Whatever the night has left broken is mended by the next one."""
        self.monta.failures.outage = None
        if not self.house.home.is_up:
            self.house.home.come_back(restarted=False)
        if not self.house.is_running:
            await self.house.start(self._arguments)

    def _timeline(self, night: Night) -> list[tuple[datetime, Callable[[], Any]]]:
        events: list[tuple[datetime, Callable[[], Any]]] = []
        for visit in night.visits:
            events.append((visit.arrives_at, lambda visit=visit: self._arrive(visit)))
            events.append((visit.leaves_at, lambda visit=visit: self._leave(visit)))
            if visit.kind is Kind.SOC:
                at = visit.arrives_at + 5 * MINUTE
                while at < visit.leaves_at:
                    events.append((at, lambda visit=visit: self._show_soc(visit)))
                    at += 5 * MINUTE
        events += self._prices_within(night)
        events += [(fault.at, lambda fault=fault: self._strike(fault)) for fault in night.faults]
        return events

    def _later(self, at: datetime, happens: Callable[[], Awaitable[None] | None]) -> None:
        async def wait() -> None:
            await sleep_until(at)
            if (more := happens()) is not None:
                await more

        self._tasks.append(asyncio.create_task(wait()))

    # -- cars ------------------------------------------------------------

    def _arrive(self, visit: Visit) -> None:
        point = self.monta.site.points[self.point_ids[visit.charger]]
        point.starts_by_itself = visit.begins_by_itself
        self.monta.plug_in(point.id, Car(wants_kwh=visit.takes_kwh, max_power_kw=visit.power_kw))
        self._block(visit.arrives_at + 3 * MINUTE, "plugged in", visit.charger)
        self._show_soc(visit)

    def _leave(self, visit: Visit) -> None:
        self.monta.unplug(self.point_ids[visit.charger])

    def charges(self, visit: Visit) -> list[Charge]:
        """The charges of a visit, in order, as they stand now."""
        self.monta.site.catch_up()
        point_id = self.point_ids[visit.charger]
        return [
            charge
            for charge in self.monta.site.charges.values()
            if charge.point.id == point_id and visit.arrives_at <= charge.created_at <= visit.leaves_at
        ]

    def delivered_kwh(self, visit: Visit) -> float:
        return sum(charge.consumed_kwh or 0.0 for charge in self.charges(visit))

    # -- settings --------------------------------------------------------

    def _written(self, visits: Mapping[int, Visit]) -> Arguments:
        chargers = [self._charger(charger, visits.get(charger)) for charger in range(self.household.chargers)]
        scheduler: dict[str, Any] = {"price_entity": PRICE_ENTITY, "chargers": chargers}
        if _HAS_NEW_SETTINGS and self.household.fuse_kw is not None:
            scheduler["fuse_kw"] = self.household.fuse_kw
        monitor = {"base_url": BASE_URL, "poll_plugged_in_s": POLL_S, "poll_idle_s": POLL_S}
        return {"charging_monitor": monitor, "charging_control": {}, "charging_scheduler": scheduler}

    def _charger(self, charger: int, visit: Visit | None) -> dict[str, Any]:
        written: dict[str, Any] = {"charge_point_id": self.point_ids[charger]}
        if not _HAS_NEW_SETTINGS:
            wanted = {"energy_kwh": visit.wanted_kwh, "power_kw": visit.told_kw} if visit else {"energy_kwh": 1}
            return written | {"power_kw": 11, "ready_by": _wall(visit)} | wanted
        if self.household.has_helpers:
            return written | _helpers_of(charger, self.household.kind)
        if visit is None:
            return written | {"mode": "off"}
        return written | {"mode": visit.mode, "power_kw": visit.told_kw, "ready_by": _wall(visit)} | _need(visit)

    def _show_helpers(self, charger: int, visit: Visit) -> None:
        home = self.house.home
        values = {
            "input_number.{}_energy": visit.wanted_kwh,
            "input_number.{}_hours": visit.wanted_kwh / visit.power_kw,
            "input_number.{}_target": visit.target_percent,
            "input_number.{}_power": visit.told_kw,
            "input_number.{}_battery": visit.battery_kwh,
            "input_datetime.{}_ready_by": f"{_wall(visit)}:00",
            "input_select.{}_mode": visit.mode,
        }
        for entity_id, value in values.items():
            home.show(entity_id.format(_car(charger)), value)

    def _show_soc(self, visit: Visit) -> None:
        """Cars tell whole percents."""
        percent = visit.soc_percent + self.delivered_kwh(visit) * EFFICIENCY / visit.battery_kwh * 100
        self.house.home.show(f"sensor.{_car(visit.charger)}_soc", math.floor(percent + 1e-6), unit_of_measurement="%")

    # -- prices ----------------------------------------------------------

    def _prices_before(self, night: Night) -> list[tuple[datetime, Callable[[], None]]]:
        return [(at, show) for at, show in self._publications(night) if at <= night.begins_at]

    def _prices_within(self, night: Night) -> list[tuple[datetime, Callable[[], None]]]:
        return [(at, show) for at, show in self._publications(night) if night.begins_at < at < night.ends_at]

    def _publications(self, night: Night) -> list[tuple[datetime, Callable[[], None]]]:
        """Midnight, the time tomorrow's prices come, the next midnight; and days on which they do not come."""
        day, late, missing = night.day, timedelta(0), None
        for fault in night.faults:
            if fault.trouble is Trouble.PRICES_LATE:
                late = fault.lasts
            elif fault.trouble is Trouble.PRICES_MISSING:
                missing = fault
        events = [(local(day), lambda: self._show_prices(day, is_tomorrow_out=False))]
        if missing is None:
            events.append((local(day, PUBLISHED_AT + late), lambda: self._show_prices(day, is_tomorrow_out=True)))
            events.append((local(day + DAY), lambda: self._show_prices(day + DAY, is_tomorrow_out=False)))
        elif missing.times % 2:
            events.append((local(day, PUBLISHED_AT), lambda: self.house.home.show(PRICE_ENTITY, "unavailable")))
        else:
            nothing = {"raw_today": [], "raw_tomorrow": []}
            events.append((local(day + DAY), lambda: self.house.home.show(PRICE_ENTITY, "unknown", **nothing)))
        return events

    def _show_prices(self, day: date, *, is_tomorrow_out: bool) -> None:
        price = self.prices.price_at(virtual_now())
        self.house.home.show(PRICE_ENTITY, price, **shown(self.prices, day, is_tomorrow_out=is_tomorrow_out))

    # -- troubles --------------------------------------------------------

    def _strike(self, fault: Fault) -> Awaitable[None] | None:
        self.happened[fault.trouble] += 1
        match fault.trouble:
            case Trouble.CLOUD_ERROR:
                self.monta.fail_next(fault.failure, times=fault.times)
                self._block(fault.at + 12 * MINUTE, "errors")
            case Trouble.OUTAGE:
                return self._fail_for_a_while(fault)
            case Trouble.TOKENS_REVOKED:
                self.monta.revoke_tokens(refresh_too=fault.times % 2 == 0)
            case Trouble.SLOW_STARTS:
                self.monta.site.delays = Delays(start=timedelta(seconds=40 * fault.times), stop=timedelta(seconds=15))
            case Trouble.IGNORED_START:
                self._ignore[fault.charger] += fault.times
            case Trouble.HOME_ASSISTANT_AWAY:
                return self._lose_home_assistant(fault)
            case Trouble.KILLED:
                self._kill(fault)
            case Trouble.KILLED_AFTER_WRITE:
                self._armed.append(fault)
                self._writes_left = fault.times
            case Trouble.LOST_START | Trouble.LOST_STOP | Trouble.KILLED_BEFORE_START | Trouble.KILLED_AFTER_START:
                self._armed.append(fault)
            case Trouble.HELPERS_UNAVAILABLE:
                return self._lose_helpers(fault)
            case Trouble.FOREIGN_START | Trouble.FOREIGN_STOP:
                self._touch_montas_app(fault)
            case Trouble.PRESSED_START | Trouble.PRESSED_STOP:
                self._press(fault)
            case _:
                pass
        return None

    async def _fail_for_a_while(self, fault: Fault) -> None:
        self.monta.failures.outage = fault.failure
        recovered = 12 if fault.failure is Failure.FORBIDDEN else 7
        self._block(fault.at + fault.lasts + recovered * MINUTE, f"outage: {fault.failure.name}")
        await asyncio.sleep(fault.lasts.total_seconds())
        self.monta.failures.outage = None

    async def _lose_home_assistant(self, fault: Fault) -> None:
        self.house.home.go_away()
        await asyncio.sleep(fault.lasts.total_seconds())
        self.house.home.come_back(restarted=fault.times % 2 == 0)

    async def _lose_helpers(self, fault: Fault) -> None:
        states = self.house.home.states
        lost = {key: value for key, value in states.items() if f".{_car(fault.charger)}_" in key}
        nonsense = ("unavailable", "unknown", "", "five")[fault.times - 1]
        for entity_id in lost:
            self.house.home.show(entity_id, nonsense)
        await asyncio.sleep(fault.lasts.total_seconds())
        for entity_id, state in lost.items():
            self.house.home.show(entity_id, state["state"], **state["attributes"])

    def _touch_montas_app(self, fault: Fault) -> None:
        point = self.monta.site.points[self.point_ids[fault.charger]]
        self.monta.site.catch_up()
        is_open = point.charge is not None and point.charge.is_open
        if fault.trouble is Trouble.FOREIGN_START and point.car and not is_open:
            self.monta.start_by_hand(point.id)
        elif fault.trouble is Trouble.FOREIGN_STOP and is_open:
            self.monta.stop_by_hand(point.id)
        else:
            return
        self.record.hands.append((fault.at, fault.charger, fault.trouble))

    def _press(self, fault: Fault) -> None:
        is_start = fault.trouble is Trouble.PRESSED_START
        entity_id = f"switch.monta_{NAMES[fault.charger].lower()}_charging"
        self._pressed[fault.charger, is_start] = virtual_now()
        self.record.hands.append((fault.at, fault.charger, fault.trouble))
        service = "turn_on" if is_start else "turn_off"
        data = {"domain": "switch", "service": service, "service_data": {"entity_id": entity_id}}
        self.house.home.fire("call_service", data)

    def _kill(self, fault: Fault) -> None:
        if not self.house.is_running:
            return
        self.house.kill()
        killed_at = virtual_now()
        self._later(killed_at + fault.lasts, lambda: self._start_again(killed_at))

    async def _start_again(self, killed_at: datetime) -> None:
        """AppDaemon starts no app before Home Assistant is there."""
        while not self.house.home.is_up:
            await asyncio.sleep(5)
        self.record.blocked.append(Blocked(killed_at, virtual_now() + 4 * MINUTE, "killed"))
        await self.house.start(self._arguments)

    # -- what passes the line ---------------------------------------------

    def _on_request(self, request: Request) -> None:
        if request.method != "POST" or not request.path.startswith("charges"):
            return
        is_start = request.path == "charges"
        if is_start:
            assert isinstance(request.json, dict)
            charger = self.point_ids.index(request.json["chargePointId"])
            self._note_start(charger)
        else:
            charge = self.monta.site.charges[int(request.path.split("/")[1])]
            charger = self.point_ids.index(charge.point.id)
            self.record.sent.append(self._sent(charger, is_start=False, stopped=charge.id))
        if fault := self._due(Trouble.LOST_START if is_start else Trouble.LOST_STOP):
            self._block(virtual_now() + 4 * MINUTE, "lost answer", charger)
            self.monta.fail_next(Failure.CUT_AFTER_ACTING, request.path, method="POST")
        if is_start and (fault := self._due(Trouble.KILLED_BEFORE_START)):
            self._kill(fault)

    def _note_start(self, charger: int) -> None:
        self.monta.site.catch_up()
        running = self.monta.site.points[self.point_ids[charger]].charge
        is_open = running is not None and running.is_open
        is_known = running is not None and (running.by == "api" or self._read_at > running.created_at)
        self.record.sent.append(self._sent(charger, is_start=True, is_second=is_open and is_known))
        self._block(virtual_now() + self.monta.site.delays.start, "starting", charger)

    def _sent(self, charger: int, *, is_start: bool, is_second: bool = False, stopped: int | None = None) -> Sent:
        now, night = virtual_now(), self._night
        pressed_at = self._pressed.get((charger, is_start))
        visit = next((visit for visit in night.visits if visit.charger == charger), None) if night else None
        return Sent(
            at=now,
            charger=charger,
            is_start=is_start,
            by_person=pressed_at is not None and now - pressed_at < 2 * MINUTE,
            mode=visit.mode if visit else "off",
            is_second=is_second,
            stopped=stopped,
        )

    def _on_answer(self, request: Request, status: int) -> None:
        if status != 200:
            return
        if request.method == "GET" and request.path == "charges":
            self._read_at = virtual_now()
        elif request.method == "POST" and request.path == "charges":
            self._ignore_if_so_minded(request)
            if fault := self._due(Trouble.KILLED_AFTER_START):
                self._kill(fault)

    def _ignore_if_so_minded(self, request: Request) -> None:
        assert isinstance(request.json, dict)
        charger = self.point_ids.index(request.json["chargePointId"])
        charge = self.monta.site.points[request.json["chargePointId"]].charge
        if charge and self._ignore[charger]:
            self._ignore[charger] -= 1
            charge.begins_at = None
            self._block(virtual_now() + 12 * MINUTE, "ignored start", charger)

    def _on_write(self) -> None:
        if self._writes_left:
            self._writes_left -= 1
            if not self._writes_left and (fault := self._due(Trouble.KILLED_AFTER_WRITE)):
                self._kill(fault)

    def _due(self, trouble: Trouble) -> Fault | None:
        found = next((fault for fault in self._armed if fault.trouble is trouble), None)
        if found:
            self._armed.remove(found)
        return found

    def _block(self, until: datetime, why: str, charger: int | None = None) -> None:
        self.record.blocked.append(Blocked(virtual_now(), until, why, charger))


def _car(charger: int) -> str:
    return f"car{charger}"


def _wall(visit: Visit | None) -> str:
    return f"{visit.ready_by.astimezone(ZONE):%H:%M}" if visit else "07:00"


def _need(visit: Visit) -> dict[str, Any]:
    match visit.kind:
        case Kind.ENERGY:
            return {"energy_kwh": visit.wanted_kwh}
        case Kind.HOURS:
            return {"hours": round(visit.wanted_kwh / visit.power_kw, 4)}
        case Kind.SOC:
            return {
                "soc_percent": f"sensor.{_car(visit.charger)}_soc",
                "target_soc_percent": visit.target_percent,
                "battery_kwh": visit.battery_kwh,
            }


def _helpers_of(charger: int, kind: Kind) -> dict[str, Any]:
    car = _car(charger)
    need: Mapping[Kind, dict[str, Any]] = {
        Kind.ENERGY: {"energy_kwh": f"input_number.{car}_energy"},
        Kind.HOURS: {"hours": f"input_number.{car}_hours"},
        Kind.SOC: {
            "soc_percent": f"sensor.{car}_soc",
            "target_soc_percent": f"input_number.{car}_target",
            "battery_kwh": f"input_number.{car}_battery",
        },
    }
    return {
        "mode": f"input_select.{car}_mode",
        "power_kw": f"input_number.{car}_power",
        "ready_by": f"input_datetime.{car}_ready_by",
        **need[kind],
    }


def nights_from(day: date, count: int) -> Sequence[date]:
    """So many days in a row."""
    return [day + number * DAY for number in range(count)]
