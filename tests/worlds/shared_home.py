"""The one Home Assistant of many tests: what it is set up with, and how it is left as it was found."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from smart_charging.demo.home_assistant import HomeAssistant

HELPER = """\
input_boolean:
  smart_charging:
    name: Smart charging
"""
TOLD = """\
input_boolean:
  ripple:
    name: Ripple
input_number:
  house_load:
    name: House load
    min: 0
    max: 1000000
    initial: 0
template:
  - binary_sensor:
      - name: Ripple control
        state: "{{ is_state('input_boolean.ripple', 'on') }}"
  - trigger:
      platform: event
      event_type: tell_carbon_intensity
    sensor:
      - name: Carbon intensity
        unit_of_measurement: gCO2/kWh
        state: "{{ trigger.event.data.forecast[0].intensity }}"
        attributes:
          forecast: "{{ trigger.event.data.forecast }}"
  - trigger:
      platform: event
      event_type: tell_price_forecast
    sensor:
      - name: Price forecast
        state: "{{ trigger.event.data.predictions | length }}"
        attributes:
          predictions: "{{ trigger.event.data.predictions }}"
"""
"""Entities as those of other integrations, which say what tests have them say."""
PACKAGES = {"smart_charging": HELPER, "told": TOLD}


@asynccontextmanager
async def cleared(home: HomeAssistant) -> AsyncIterator[HomeAssistant]:
    """Running, and without the integrations and states that came to it meanwhile, once the block is left."""
    if not home.process.is_running:
        await home.start()
    entries, states = await _entries(home), await home.states()
    try:
        yield home
    finally:
        if home.process.is_running:
            headers = {"Authorization": f"Bearer {home.token}"}
            async with httpx.AsyncClient(base_url=home.url, headers=headers, trust_env=False) as http:
                for entry_id in await _entries(home) - entries:
                    await http.delete(f"/api/config/config_entries/entry/{entry_id}")
                for entity_id in set(await home.states()) - set(states):
                    await http.delete(f"/api/states/{entity_id}")


async def _entries(home: HomeAssistant) -> set[str]:
    return {entry["entry_id"] for entry in await home.command("config_entries/get")}
