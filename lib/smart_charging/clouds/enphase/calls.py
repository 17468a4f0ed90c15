"""The paths of Enlighten's API; messages show neither the site nor a whole serial number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smart_charging.clouds.enphase.redaction import shortened
from smart_charging.clouds.enphase.variants import PLURAL, SINGULAR, Variant
from smart_charging.clouds.http.wire import Call

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_SERVICE = "service/evse_controller"
_SCHEDULER = "service/evse_scheduler/api/v1/iqevc/charging-mode"
_SITE = "(site)"

SITE_LISTS = (
    Call(method="GET", path="app-api/search_sites.json", query={"searchText": "", "favourite": "false"}),
    Call(method="GET", path=f"{_SERVICE}/sites"),
    Call(method="GET", path=f"{_SERVICE}/api/v1/sites"),
    Call(method="GET", path=f"{_SERVICE}/sites.json"),
)
"""Where the sites of an account have been found, in the order to try."""


def status(site: str, folder: str) -> Call:
    """The chargers of a site."""
    return _get("{}/{}/{}/status", _SERVICE, site, folder)


def summary(site: str) -> Call:
    """What changes seldom about them."""
    return _get("{}/api/v2/{}/ev_chargers/summary", _SERVICE, site, query={"filter_retired": "true"})


def stream(site: str, command: str) -> Call:
    """Begin or end a live stream."""
    return _get("{}/{}/{}/{}", _SERVICE, site, PLURAL, command)


def preference(method: str, site: str, serial: str, body: Mapping[str, object] | None = None) -> Call:
    """The mode of a charger."""
    path = f"{_SCHEDULER}/{{}}/{{}}/preference"
    shown = path.format(_SITE, shortened(serial))
    return Call(method=method, path=path.format(site, serial), json=body, shown=shown)


def command(form: Variant, site: str, serial: str, *, word: str, body: Mapping[str, object] | None = None) -> Call:
    """Something for a charger to do."""
    path = f"{_SERVICE}/{{}}/{form.folder}/{{}}/{word}"
    shown = path.format(_SITE, shortened(serial))
    return Call(method=form.method, path=path.format(site, serial), json=body, shown=shown)


def trigger(site: str, serial: str, message: str) -> Call:
    """Have a charger send a message; the one command that is only known in the singular."""
    body = {"requestedMessage": message}
    return command(Variant("POST", SINGULAR), site, serial, word="trigger_message", body=body)


def vpp_events(vpp_url: str, site: str, program_id: str, *, start: datetime, end: datetime) -> Call:
    """The grid's calls of some days."""
    path = "vpp-mgr/api/v1/events/get"
    query = {
        "site_id": site,
        "programId": program_id,
        "start_date": start.date().isoformat(),
        "end_date": end.date().isoformat(),
        "sort_by": "start_time",
        "ascending": "false",
    }
    return Call(method="GET", path=f"{vpp_url.rstrip('/')}/{path}", query=query, shown=path)


def _get(path: str, service: str, site: str, *rest: str, query: Mapping[str, str] | None = None) -> Call:
    shown = path.format(service, _SITE, *rest)
    return Call(method="GET", path=path.format(service, site, *rest), query=query or {}, shown=shown)
