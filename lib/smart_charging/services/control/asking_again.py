"""A start while a charge rests: the charge is ended first, because a car that stopped by itself waits for a new one."""

from __future__ import annotations

from smart_charging.charger import ChargeState
from smart_charging.errors import CloudError
from smart_charging.host_clock import wait
from smart_charging.services.control.accounts import Target
from smart_charging.services.control.origins import Origin

LOOKS, BETWEEN_LOOKS_S = 4, 6.0
"""Most chargers end a charge within seconds; after that the start says that it is still stopping."""


async def end_resting_charge(target: Target) -> None:
    """Stop the charger's charge if it is paused, and wait a moment for its end."""
    hub, charger_id = target.account.hub, target.charger.id
    charge = target.charger.active_charge
    if charge is None or charge.state is not ChargeState.PAUSED:
        return
    if not (await target.account.control.stop(charger_id, origin=Origin.US)).ok:
        return
    for _ in range(LOOKS):
        await wait(BETWEEN_LOOKS_S)
        try:
            await hub.polling.look_at(charger_id)
        except CloudError:
            continue
        if hub.polling.chargers[charger_id].active_charge is None:
            return
