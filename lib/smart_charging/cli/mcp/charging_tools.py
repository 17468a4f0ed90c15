"""Tools of the suite: what the chargers do, what is planned and why, and what a person may tell them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from smart_charging.cli.booked import BookedSessions
from smart_charging.cli.mcp.home import ChargingHome
from smart_charging.cli.mcp.house import ShownCharger, charger_called, chargers_in, prices_in
from smart_charging.cli.mcp.tool import PAGE, Arguments, Tool, page_of, parameter
from smart_charging.errors import ActionError, PriceError, UsageError
from smart_charging.mode import Mode

_CHARGER = parameter("string", "its name or id, as list_chargers tells")
_ROWS, _PRICES = 10, 48
_OF_THE_PLAN = (
    *("sentence", "mode", "reason", "problems", "ready_by", "planned_start", "planned_end", "planned_kwh"),
    *("delivered_kwh", "wanted_kwh", "expected_cost", "cost_at_once", "saving", "average_price_per_kwh", "currency"),
    *("cost_so_far", "shortfall_kwh", "shortfall_reason", "prices_known_until", "is_forecast_used", "slots"),
)


class ChargingTools:
    """What can be asked of and told to our apps.

    Args:
        sessions_file: Where the scheduler books its sessions; None without that tool.
    """

    def __init__(
        self, home: ChargingHome, *, sessions_file: Path | None, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._home = home
        self._sessions_file = sessions_file
        self._now = now

    def reading(self) -> Sequence[Tool]:
        """Those that change nothing."""
        tools = [
            Tool(
                name="list_chargers",
                does="List the home's car chargers: state, cable, power, energy of this session, and what is planned.",
                parameters={"page": PAGE},
                call=self._chargers,
            ),
            Tool(
                name="get_plan",
                does="Explain when a car will be charged and why, what it will cost and what is in the way.",
                parameters={"charger": _CHARGER},
                required=["charger"],
                call=self._plan,
            ),
            Tool(
                name="get_prices",
                does="Read what a kWh will cost, with fees and taxes, as far as prices are published.",
                parameters={"page": PAGE},
                call=self._prices,
            ),
            Tool(
                name="get_saving",
                does="Read what charging at cheap times has saved, this month and in all.",
                call=self._saving,
            ),
        ]
        return [*tools, self._session_tool(self._sessions_file)] if self._sessions_file else tools

    def commanding(self) -> Sequence[Tool]:
        """Those by which a person acts."""
        limits = {
            "limit_kwh": parameter("number", "stop when so much has come", exclusiveMinimum=0),
            "limit_minutes": parameter("number", "stop after so long", exclusiveMinimum=0),
        }
        return [
            _command(
                "start_charging", "Start charging now, whatever the plan says.", self._start, limits, are_optional=True
            ),
            _command("stop_charging", "Stop charging; the plan waits until the cable is out.", self._stop, {}),
            _command(
                "set_mode",
                "Set how a charger decides: smart (cheapest times), now (at once) or off. smart also ends what a "
                "person started or stopped by hand.",
                self._mode,
                {"mode": {"enum": [str(mode) for mode in Mode]}},
            ),
            _command(
                "set_target",
                "Set how much energy a car is to get each time it is plugged in.",
                self._target,
                {"kwh": parameter("number", "kWh", minimum=0, maximum=200)},
            ),
            _command(
                "set_departure",
                "Set by when a car has to be ready, each day.",
                self._departure,
                {"time": parameter("string", "local time such as 07:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")},
            ),
        ]

    async def _chargers(self, arguments: Arguments) -> object:
        return page_of([_shown(one) for one in chargers_in(await self._home.all_entities())], arguments, size=_ROWS)

    async def _plan(self, arguments: Arguments) -> object:
        charger = await self._called(arguments)
        told = charger.attributes("sensor", "plan")
        if charger.state("sensor", "plan") is None:
            raise UsageError(f"{charger.slug}: there is no plan; the scheduler does not know this charger, or waits")
        facts = {name: told[name] for name in _OF_THE_PLAN if told.get(name) not in (None, [], "")}
        return {"charger": charger.slug, "state": charger.state("sensor", "plan"), **facts}

    async def _prices(self, arguments: Arguments) -> object:
        told, zone = prices_in(await self._home.all_entities()), (await self._home.facts()).zone or UTC
        if not (pairs := told.get("prices")):
            raise PriceError("no prices are known; get_plan of a charger says what is wrong")
        starts = [datetime.fromisoformat(start) for start, _ in pairs]
        first = bisect_right(starts, self._now()) - 1
        coming = [
            {"start": start.astimezone(zone).isoformat(timespec="minutes"), "price_per_kwh": price}
            for start, (_, price) in zip(starts[max(0, first) :], pairs[max(0, first) :], strict=True)
        ]
        return {"currency": told.get("currency"), **page_of(coming, arguments, size=_PRICES)}

    async def _saving(self, _arguments: Arguments) -> object:
        there = chargers_in(await self._home.all_entities())
        return [{"charger": one.slug, **saved} for one in there if (saved := _saving_of(one))]

    def _session_tool(self, file: Path) -> Tool:
        return Tool(
            name="list_sessions",
            does="List past charging sessions, newest first: times, energy, cost and saving.",
            parameters={"charger": parameter("string", "only of this one, by name or id"), "page": PAGE},
            call=partial(self._sessions, file),
        )

    async def _sessions(self, file: Path, arguments: Arguments) -> object:
        zone = (await self._home.facts()).zone or UTC
        chargers = [arguments["charger"]] if arguments.get("charger") else []
        booked, _ = BookedSessions(file, chargers, zone).read()
        rows = [
            {
                "charger": one.charger,
                "plugged_in_at": one.plugged_in_at.astimezone(zone).isoformat(timespec="minutes"),
                "unplugged_at": one.unplugged_at.astimezone(zone).isoformat(timespec="minutes"),
                "energy_kwh": round(one.energy_kwh, 2),
                "cost": one.cost,
                "saving": one.saving,
                "currency": one.currency,
                "was_ready": one.was_ready,
            }
            for one in reversed(booked)
        ]
        return page_of(rows, arguments, size=_ROWS)

    async def _start(self, arguments: Arguments) -> object:
        limits = {name: arguments[name] for name in ("limit_kwh", "limit_minutes") if name in arguments}
        return await self._tell("start", arguments, **limits)

    async def _stop(self, arguments: Arguments) -> object:
        return await self._tell("stop", arguments)

    async def _mode(self, arguments: Arguments) -> object:
        return await self._tell(str(arguments["mode"]), arguments)

    async def _tell(self, command: str, arguments: Arguments, **limits: object) -> object:
        charger = await self._called(arguments)
        answer = await self._home.command(command=command, charge_point_id=charger.switch, **limits)
        if not answer.get("ok"):
            raise ActionError(str(answer.get("error") or "it was not done, and nobody says why"))
        return {"charger": charger.slug, **{name: answer.get(name) for name in ("ok", "state") if answer.get(name)}}

    async def _target(self, arguments: Arguments) -> object:
        charger = await self._called(arguments)
        return await self._set(charger, "target_energy", {"number": "value", "input_number": "value"}, arguments["kwh"])

    async def _departure(self, arguments: Arguments) -> object:
        charger = await self._called(arguments)
        return await self._set(charger, "ready_by", {"text": "value", "input_datetime": "time"}, arguments["time"])

    async def _set(self, charger: ShownCharger, key: str, fields: Mapping[str, str], value: object) -> object:
        """Set the entity that the scheduler follows: by MQTT ours, else the package's helper."""
        entity_id = charger.first_of(key, list(fields))
        if entity_id is None:
            raise UsageError(f"{charger.slug}: there is no {key} to set; use MQTT, or install the package of helpers")
        domain = entity_id.partition(".")[0]
        action = "input_datetime.set_datetime" if domain == "input_datetime" else f"{domain}.set_value"
        await self._home.act(action, {"entity_id": entity_id, fields[domain]: value})
        return {"charger": charger.slug, key: value}

    async def _called(self, arguments: Arguments) -> ShownCharger:
        return charger_called(str(arguments["charger"]), await self._home.all_entities())


def _command(
    name: str,
    does: str,
    call: Callable[[Arguments], Awaitable[object]],
    parameters: Mapping[str, Mapping[str, object]],
    *,
    are_optional: bool = False,
) -> Tool:
    """A tool that does something with one charger."""
    return Tool(
        name=name,
        does=does,
        call=call,
        parameters={"charger": _CHARGER, **parameters},
        required=["charger", *([] if are_optional else parameters)],
        changes_something=True,
    )


def _shown(one: ShownCharger) -> Mapping[str, object]:
    facts = {
        "charger": one.slug,
        "id": one.id,
        "state": one.state("sensor", "state"),
        "cable": one.state("binary_sensor", "cable"),
        "power_kw": one.state("sensor", "power"),
        "session_kwh": one.state("sensor", "session_energy"),
        "car_percent": one.state("sensor", "soc"),
        "plan": one.state("sensor", "plan"),
        "says": one.attributes("sensor", "plan").get("sentence"),
    }
    return {name: value for name, value in facts.items() if value is not None}


def _saving_of(one: ShownCharger) -> Mapping[str, object]:
    keys = ("saving_month", "saving_total")
    amounts = {key: amount for key in keys if (amount := one.state("sensor", key)) is not None}
    unit = one.attributes("sensor", keys[0]).get("unit_of_measurement")
    return {**amounts, "currency": unit} if amounts else {}
