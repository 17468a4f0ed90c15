"""What `smart-charging check` says of an operator's credentials besides the chargers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from smart_charging.clouds.monta_partner.account import PayingTeamError
from smart_charging.errors import AuthError, CloudError, NotFoundError, NotPermittedError, TransportError
from smart_charging.printable import printable

if TYPE_CHECKING:
    from smart_charging.clouds.monta_partner.arguments import MontaPartnerSettings
    from smart_charging.clouds.monta_partner.client import PartnerClient
    from smart_charging.clouds.monta_partner.webhook_file import WebhookFile

_MOST_LOOKED_AT = 20
_LONGEST = 60


async def findings(client: PartnerClient, file: WebhookFile, settings: MontaPartnerSettings) -> Sequence[str]:
    """Lines; may raise any `CloudError` but those for want of a permission."""
    rules = [line async for line in _rules(client, settings)]
    return [f"paying team: {await _payer(client)}", f"webhook: {await _webhook(client, file)}", *rules]


async def _payer(client: PartnerClient) -> str:
    try:
        return str(await client.account.paying_team_id())
    except PayingTeamError as err:
        return str(err)
    except NotPermittedError:
        return "cannot be found out with these credentials; write paying_team_id"


async def _webhook(client: PartnerClient, file: WebhookFile) -> str:
    try:
        config = await client.webhooks.config()
    except NotPermittedError:
        return "cannot be read without the scope manage-webhooks:read; chargers are read without events all the same"
    if config is None:
        return "none; chargers are read without events"
    note = file.read()
    return "to this installation" if note and note.url == config.webhook_url else "to another address; not for us"


async def _rules(client: PartnerClient, settings: MontaPartnerSettings) -> AsyncIterator[str]:
    """A line per rule that is on, at the first chargers."""
    looked_at = 0
    try:
        async for point in client.charge_points.every(team_id=settings.team_id, site_id=settings.site_id):
            if (looked_at := looked_at + 1) > _MOST_LOOKED_AT:
                return
            async for rule in client.charging_rules.every(point.id):
                if rule.is_active:
                    yield _fights(rule.name or rule.type_word, point.name or str(point.id), settings)
    except (NotPermittedError, NotFoundError):
        yield "charging rules of Monta's own: cannot be read with these credentials"
    except (TransportError, AuthError):
        raise
    except CloudError as err:
        yield f"charging rules of Monta's own: cannot be read ({err})"


def _fights(rule: str, charger: str, settings: MontaPartnerSettings) -> str:
    remedy = "it is switched off during a session" if settings.may_pause_rules else "switch it off in Monta's app"
    where, which = printable(charger, most=_LONGEST), printable(rule, most=_LONGEST)
    return f"charging rule of Monta's own at {where}: {which} is on; {remedy}"
