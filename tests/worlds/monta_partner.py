"""The Partner API's stand-in behind the HTTP library's back, and a client of it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from smart_charging.clouds.http.budget import Budget
from smart_charging.clouds.http.note_file import NoteFile
from smart_charging.clouds.monta_partner.arguments import MontaPartnerSettings
from smart_charging.clouds.monta_partner.client import QUOTA, WINDOW, PartnerClient
from smart_charging.clouds.monta_partner.cloud import MontaPartnerCloud, MontaPartnerCloudWithProfiles
from smart_charging.clouds.monta_partner.notes import Notes
from smart_charging.clouds.monta_partner.operations import Operation
from smart_charging.clouds.monta_partner.stand_in.cloud import PartnerStandIn
from smart_charging.clouds.monta_partner.webhook_file import WebhookFile
from smart_charging.config.arguments import parse
from worlds.fakes import ShortCut
from worlds.virtual_time import Clock

LOG = logging.getLogger("monta_partner")


def partner_cloud(
    stand_in: PartnerStandIn, clock: Clock, *, folder: Path = Path("nowhere"), **arguments: Any
) -> MontaPartnerCloud:
    """Keeps its notes, and finds the secret of the webhook, in a folder that need not be there."""
    settings = parse(MontaPartnerSettings, {"cloud": "monta_partner", **arguments})
    kind = MontaPartnerCloudWithProfiles if settings.charging_profiles else MontaPartnerCloud
    notes_file = folder / "notes.json" if folder.exists() else None
    return kind(
        partner_client(stand_in, clock, paying_team_id=settings.paying_team_id),
        Notes(NoteFile(notes_file, LOG)),
        WebhookFile(folder / "secrets.yaml"),
        settings=settings,
        now=clock,
        logger=LOG,
    )


def partner_client(
    stand_in: PartnerStandIn, clock: Clock, *, over_http: bool = False, **arguments: Any
) -> PartnerClient:
    client = PartnerClient(
        client_id=stand_in.tokens.client_id,
        client_secret=stand_in.tokens.client_secret,
        budget=partner_budget(clock),
        now=clock,
        **arguments,
    )
    if not over_http:
        client.channel.wire._http = ShortCut(stand_in)
    return client


def partner_budget(clock: Clock) -> Budget:
    return Budget(
        cloud="Monta", quota=QUOTA, window=WINDOW, now=clock, sleep=clock.sleep, jitter=lambda least, _most: least
    )


def sent(stand_in: PartnerStandIn) -> Sequence[str]:
    """Method and path of all requests so far, but those for tokens."""
    return [str(request) for request in stand_in.requests if not request.path.startswith("auth/")]


def some_parameters(operation: Operation) -> dict[str, object]:
    """Something for each parameter, whether it has to be given or not."""
    return {parameter.name: _something(operation, parameter.name) for parameter in operation.parameters}


def _something(operation: Operation, name: str) -> object:
    if operation.has_bare_body and name == operation.body[0].name:
        return [{}]
    return 7 if name.lower().endswith("id") else f"some-{name}"
