"""Reads price sources from a running Home Assistant."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from smart_charging.cli.given import Given
from smart_charging.cli.heard import Heard
from smart_charging.cli.home_over_rest import TOKEN_VARIABLE, HomeOverRest, checked_token, token_in
from smart_charging.config.prices import PriceActionSettings, PriceSettings
from smart_charging.errors import PriceError
from smart_charging.prices.curve import NO_PRICES
from smart_charging.services.pricing.action_source import ActionSource


async def heard_at_home(given: Given, settings: PriceSettings) -> Heard:
    """The attributes of the configured entities, or the answers of the configured action.

    Raises:
        ChargingError: They cannot be read, or are empty.
    """
    path = given.text("token-file")
    token = checked_token(token_in(Path(path)) if path else os.environ.get(TOKEN_VARIABLE))
    async with HomeOverRest(given.text("ha-url") or "", token) as home:
        facts = await home.facts()
        zone = facts.zone if facts.zone and given.text("zone") is None else given.zone("zone")
        heard = Heard(names=[], sources=[], zone=zone, now=given.now(zone), currency=facts.currency)
        if action := settings.price_action:
            return await _answers(action, settings, home, heard)
        return await _attributes(settings.price_entity, home, heard)


async def _attributes(entities: Sequence[str], home: HomeOverRest, heard: Heard) -> Heard:
    there = {entity_id: await home.entity(entity_id) for entity_id in entities}
    problems = [f"there is no entity {entity_id}" for entity_id, state in there.items() if state is None]
    problems += [f"{name} is unavailable" for name, state in there.items() if state and state.state == "unavailable"]
    found = {name: state.attributes for name, state in there.items() if state and state.state != "unavailable"}
    if not found:
        raise PriceError(", ".join(problems))
    return replace(heard, names=list(found), sources=list(found.values()), problems=problems)


async def _answers(action: PriceActionSettings, settings: PriceSettings, home: HomeOverRest, heard: Heard) -> Heard:
    """Call the action for today and tomorrow as the scheduler would."""
    reading = await ActionSource(action, settings, home, heard.zone).read(heard.now, NO_PRICES)
    if not home.answers:
        raise reading.problem or PriceError(f"{action.action} answered nothing")
    problems = [str(reading.problem)] if reading.problem and reading.curve else []
    return replace(heard, names=[action.action], sources=home.answers, problems=problems)
