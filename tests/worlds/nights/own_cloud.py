"""Our own stand-in as a cloud to play over; and the same as an aiohttp application, for those who write another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from aiohttp import web

from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.lifecycle import Delays
from smart_charging.clouds.monta.stand_in.messages import ConnectionCutError, Request, Response
from smart_charging.clouds.monta.stand_in.site import Car, Charge, ChargePoint
from worlds.nights.cloud import Flow, TrueCharge, UnknownEventError
from worlds.nights.habits import USUAL_WORLD, draw_world


class OwnCloud:
    """Translates what happens at the chargers for `MontaStandIn`."""

    def __init__(self, monta: MontaStandIn) -> None:
        self.monta = monta
        self.client_id = monta.tokens.client_id
        self.client_secret = monta.tokens.client_secret
        self._plain_events: Mapping[str, Callable[[int], None]] = {
            "unplug": monta.unplug,
            "stop": monta.stop_by_hand,
            "hold": monta.hold,
            "let_go": monta.let_go,
            "lose": monta.lose,
            "find": monta.find,
        }
        self._events: Mapping[str, Callable[..., object]] = {
            "add_charge_point": lambda name, **_: {"id": monta.add_charge_point(name)},
            "plug_in": self._plug_in,
            "start": self._start,
            "show_cable": self._show_cable,
            "break_off": self._break_off,
            "nap": self._nap,
            "schedule": self._schedule,
            "obey_stops": self._obey_stops,
            "ignore_starts": self._ignore_starts,
            "meter_glitch": self._glitch,
            "delays": self._delay,
            "revoke_tokens": lambda refresh_too: monta.revoke_tokens(refresh_too=refresh_too),
        }

    async def respond(self, request: Request) -> Response:
        response = await self.monta.respond(request)
        self.monta.requests.clear()  # nobody reads them here
        return response

    async def happen(self, event: str, **details: object) -> Mapping[str, object]:
        if plain := self._plain_events.get(event):
            plain(int(str(details["point_id"])))
            return {}
        if event not in self._events:
            raise UnknownEventError(event)
        answer = self._events[event](**details)
        return answer if isinstance(answer, Mapping) else {}

    async def charges(self) -> Sequence[TrueCharge]:
        self.monta.catch_up()
        return [_true(charge, self.monta.habits.clock_ahead) for charge in self.monta.site.charges.values()]

    def _point(self, point_id: int) -> ChargePoint:
        self.monta.catch_up()
        return self.monta.site.points[point_id]

    def _plug_in(self, point_id: int, wants_kwh: float, power_kw: float, *, starts_by_itself: bool = False) -> None:
        self._point(point_id).starts_by_itself = starts_by_itself
        self.monta.plug_in(point_id, Car(wants_kwh=wants_kwh, max_power_kw=power_kw))

    def _break_off(self, point_id: int, reason: str | None) -> None:
        self.monta.break_off(point_id, reason)

    def _start(self, point_id: int) -> None:
        point = self._point(point_id)
        if point.car and not (point.charge and point.charge.is_open):
            self.monta.start_by_hand(point_id)

    def _show_cable(self, point_id: int, *, is_in: bool) -> None:
        self._point(point_id).reports_cable = is_in

    def _nap(self, point_id: int, naps: int) -> None:
        """One that charges falls asleep at once."""
        point = self._point(point_id)
        if point.car and point.charge and point.charge.is_open:
            point.charge.is_nap, point.car.naps = True, naps - 1
        elif point.car:
            point.car.naps = naps

    def _schedule(self, point_id: int, in_s: float) -> None:
        point = self._point(point_id)
        if point.car and not (point.charge and point.charge.is_open):
            self.monta.schedule_by_cloud(point_id, self.monta._now() + timedelta(seconds=in_s))

    def _obey_stops(self, point_id: int, *, does: bool) -> None:
        self._point(point_id).ignores_stops = not does

    def _ignore_starts(self, point_id: int, times: int) -> None:
        self._point(point_id).starts_to_ignore += times

    def _glitch(self, point_id: int, kwh: float) -> None:
        self._point(point_id).meter_glitch_kwh = kwh

    def _delay(self, start_s: float = 8, stop_s: float = 5) -> None:
        self.monta.site.delays = Delays(start=timedelta(seconds=start_s), stop=timedelta(seconds=stop_s))


def _true(charge: Charge, ahead: timedelta) -> TrueCharge:
    """By true time, where the cloud's clock is ahead."""
    return TrueCharge(
        id=charge.id,
        point_id=charge.point.id,
        by=charge.by,
        state=charge.state,
        created_at=charge.created_at - ahead,
        stopped_at=charge.stopped_at and charge.stopped_at - ahead,
        flows=[Flow(flow.start - ahead, flow.end - ahead, flow.power_kw) for flow in charge.flows],
    )


def application(*, now: Callable[[], datetime], seed: str) -> web.Application:
    """A world drawn by the seed, behind HTTP; an example of what `--cloud` takes."""
    return _application(OwnCloud(draw_world(seed).monta(now)))


def usual_application(*, now: Callable[[], datetime], seed: str) -> web.Application:
    """The same without odd habits."""
    return _application(OwnCloud(USUAL_WORLD.monta(now)))


def _application(cloud: OwnCloud) -> web.Application:

    async def api(request: web.Request) -> web.Response:
        body = await request.json() if request.can_read_body else None
        headers = {name.lower(): value for name, value in request.headers.items()}
        path = request.match_info["path"]
        asked = Request(method=request.method, path=path, query=dict(request.query), headers=headers, json=body)
        try:
            response = await cloud.respond(asked)
        except ConnectionCutError:
            raise web.HTTPBadGateway from None
        if isinstance(response.body, str):
            return web.Response(status=response.status, text=response.body, content_type="text/html")
        return web.json_response(response.body, status=response.status, headers=response.headers)

    async def happen(request: web.Request) -> web.Response:
        try:
            return web.json_response(await cloud.happen(request.match_info["event"], **await request.json()))
        except UnknownEventError:
            raise web.HTTPNotFound from None

    async def charges(_request: web.Request) -> web.Response:
        return web.json_response([_as_json(charge) for charge in await cloud.charges()])

    app = web.Application()
    app.router.add_route("*", "/api/v1/{path:.*}", api)
    app.router.add_post("/world/{event}", happen)
    app.router.add_get("/world/charges", charges)
    return app


def _as_json(charge: TrueCharge) -> Mapping[str, object]:
    return {
        "id": charge.id,
        "point_id": charge.point_id,
        "by": charge.by,
        "state": charge.state,
        "created_at": charge.created_at.isoformat(),
        "stopped_at": charge.stopped_at and charge.stopped_at.isoformat(),
        "flows": [[flow.start.isoformat(), flow.end.isoformat(), flow.power_kw] for flow in charge.flows],
    }
