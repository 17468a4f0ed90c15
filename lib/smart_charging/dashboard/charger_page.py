"""A charger's view: first what one looks at, then what one does, then what one looks up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from smart_charging.dashboard.cards import (
    UNKNOWN_STATES,
    Card,
    among,
    column,
    heading,
    known,
    not_among,
    picture,
    stack,
    text,
    tile,
)
from smart_charging.dashboard.shown_charger import ShownCharger
from smart_charging.entities.need import NO_LIMIT_PER_KWH
from smart_charging.entities.plan_view import PlanState
from smart_charging.mode import Mode

_PLANNED = [state.value for state in PlanState if state.is_planned]


def charger_page(charger: ShownCharger) -> Mapping[str, Any]:
    """The view as Home Assistant stores it."""
    return {
        "title": charger.label,
        "path": charger.path,
        "type": "sections",
        "max_columns": 3,
        "sections": [
            column(heading(charger.label, "mdi:ev-station"), *_looks(charger)),
            column(heading("Charging", "mdi:lightning-bolt"), *_does(charger)),
            column(heading("Details", "mdi:information-outline"), *_details(charger)),
        ],
    }


def _looks(charger: ShownCharger) -> Iterator[Card]:
    """What goes on, with the picture and the figures of this session."""
    plan = charger.entity("plan")
    yield text(_SENTENCE.replace("PLAN", plan))
    yield picture(charger.slug, "chart", "Prices as bars, the chosen ones marked", has_mqtt=charger.has_mqtt)
    yield text(
        _FIGURES.replace("PLAN", plan).replace("MONTH", charger.entity("saving_month")),
        not_among(plan, PlanState.IDLE, *UNKNOWN_STATES),
    )


def _does(charger: ShownCharger) -> Iterator[Card]:
    """The mode as three buttons, and what the car is to get by when."""
    settings = charger.settings
    if mode := settings.get("mode"):
        yield stack(*(card for each in _BUTTONS for card in _mode_button(charger, mode, *each)))
    if energy := settings.get("energy_kwh"):
        yield tile(energy, "Energy wanted", icon="mdi:battery-charging-high")
    if ready_by := settings.get("ready_by"):
        yield tile(ready_by, "Ready by", icon="mdi:clock-end")
    yield from _options(settings)


_BUTTONS = (
    (Mode.NOW, "Now", "mdi:flash"),
    (Mode.SMART, "Smart", "mdi:auto-mode"),
    (Mode.OFF, "Off", "mdi:power"),
)


def _mode_button(charger: ShownCharger, mode: str, option: Mode, name: str, icon: str) -> Sequence[Card]:
    """The button twice, lit and dark: a card cannot have a colour by another entity's state.

    Its entity is the charger, which has a state in every mode; a mode that is called off would never be lit.
    """
    press = {
        "action": "perform-action",
        "perform_action": f"{mode.partition('.')[0]}.select_option",
        "target": {"entity_id": mode},
        "data": {"option": option.value},
    }
    shown = {"icon": icon, "vertical": True, "hide_state": True, "tap_action": press, "icon_tap_action": press}
    lit, dark = {"color": "primary"}, {"color": "disabled"}
    entity = charger.entity("state")
    return (
        tile(entity, name, among(mode, option), **lit, **shown),
        tile(entity, name, not_among(mode, option), **dark, **shown),
    )


def _options(settings: Mapping[str, str]) -> Iterator[Card]:
    """Settings that most nights do without; one that is not set shows no number that would mean nothing."""
    if once := settings.get("ready_by_once"):
        yield tile(once, "Ready by, once", icon="mdi:calendar-clock", hide_state=True)
    if minimum := settings.get("minimum_kwh"):
        yield tile(minimum, "Minimum now", icon="mdi:battery-alert")
    if limit := settings.get("price_limit"):
        none = f"{NO_LIMIT_PER_KWH}.0", str(NO_LIMIT_PER_KWH), "unknown"
        yield tile(limit, "No price limit", among(limit, *none), icon="mdi:cash-lock", hide_state=True)
        yield tile(limit, "Price limit", not_among(limit, *none), icon="mdi:cash-lock")
    if one_block := settings.get("one_block"):
        toggle = {"action": "toggle"}
        yield tile(one_block, "In one block", icon="mdi:ray-start-end", tap_action=toggle, icon_tap_action=toggle)


def _details(charger: ShownCharger) -> Iterator[Card]:
    """What one looks up: the times, the prices of the plan, the charger itself."""
    plan = charger.entity("plan")
    for key, name in (("next_start", "Next start"), ("planned_end", "Planned end")):
        yield tile(charger.entity(key), name, known(charger.entity(key)))
    yield text(_SLOTS.replace("PLAN", plan), among(plan, *_PLANNED))
    yield tile(charger.entity("state"), "Charger")
    yield tile(charger.entity("cable", "binary_sensor"), "Cable")
    power = {"entity": charger.entity("power"), "name": "Power"}
    yield {"type": "history-graph", "hours_to_show": 24, "entities": [power]}


_SENTENCE = """\
{{ state_attr('PLAN', 'sentence') or 'There is no plan now.' }}
{%- for problem in state_attr('PLAN', 'problems') or [] %}
- {{ problem }}
{%- endfor %}
"""
_FIGURES = """\
{%- set has, wanted = state_attr('PLAN', 'delivered_kwh'), state_attr('PLAN', 'wanted_kwh') -%}
{%- set cost, saving = state_attr('PLAN', 'cost_so_far'), state_attr('PLAN', 'saving') -%}
{%- set money = ' ' ~ (state_attr('PLAN', 'currency') or state_attr('MONTH', 'unit_of_measurement') or '') -%}
| | |
|:--|:--|
| State&emsp; | **{{ states('PLAN') | capitalize }}** |
| In the car&emsp; | **{{ '%.1f' | format(has) if has is number else '?' }}**
{{- (' of %.4g' | format(wanted)) if wanted is number }} kWh |
{%- if cost is number %}
| Cost so far&emsp; | **{{ '%.2f' | format(cost | round(2) + 0) }}**{{ money }} |
{%- endif %}
{%- if saving is number and saving | round(2) != 0 %}
| The plan saves&emsp; | **{{ '%.2f' | format(saving) }}**{{ money }} |
{%- endif %}
"""
_SLOTS = """\
{% set slots = state_attr('PLAN', 'slots') or [] %}
{% if slots %}
| from - to | &emsp;{{ state_attr('PLAN', 'currency') or 'price' }}/kWh | &emsp;kWh |
|:--|--:|--:|
{%- for slot in slots %}
{%- set start, end = as_local(as_datetime(slot.start)), as_local(as_datetime(slot.end)) %}
{%- set price, energy = slot.price_per_kwh, slot.energy_kwh %}
| {{ start.strftime('%a %H:%M') }}-{{ end.strftime('%H:%M') }}
{{- ' | ' ~ ('%.3f' | format(price | round(3) + 0) if price is number else '?') }}
{{- ' | ' ~ ('%.2f' | format(energy) if energy is number else '?') }} |
{%- endfor %}
{% else %}
No slots are planned.
{% endif %}
"""
