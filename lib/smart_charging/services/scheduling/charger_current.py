"""What a charger's current means for a fuse, by the phases it uses."""

from __future__ import annotations

from smart_charging.charger import Charger
from smart_charging.entities.measured import LOWEST_CURRENT_A, USUAL_MOST_CURRENT_A
from smart_charging.services.control.currents import Currents
from smart_charging.services.scheduling.snapshot import ChargerCurrent

NOMINAL_V = 230.0
"""Between a phase and neutral in Europe; a fuse of so many kW is reckoned with it, whatever is measured."""
FLOWS_FROM_A = 1.0
"""A car takes at least 6 A on a phase that it uses."""
ALL_PHASES = 3


def charger_current(charger: Charger, currents: Currents, *, has_own_load: bool) -> ChargerCurrent | None:
    """The current of a charger, where it can be set and the cloud shows what it is set to; else None.

    Args:
        has_own_load: Whether apps.yaml says what the charger takes from the fuse. It does where a car on one phase
            takes that phase from all others, so then all phases count.
    """
    ceiling_a, highest_a = currents.ceiling_a(charger), currents.highest_a(charger)
    if charger.held_by or not currents.can_be_set(charger) or ceiling_a is None or highest_a is None:
        return None
    least_a = charger.min_current_a or LOWEST_CURRENT_A
    if highest_a < least_a:  # a current at which nothing flows is somebody's way to switch it off
        return None
    phases = rated_phases(charger) if has_own_load else used_phases(charger)
    return ChargerCurrent(
        kw_per_a=phases * NOMINAL_V / 1000,
        least_a=least_a,
        ceiling_a=ceiling_a,
        highest_a=highest_a,
        is_lowered=currents.is_lowered(charger),
        applies_at_once=currents.apply_at_once,
    )


def used_phases(charger: Charger) -> int:
    """The phases on which current flows; while none flows, all that the charger may have."""
    flowing = sum((phase.current_a or 0.0) >= FLOWS_FROM_A for phase in charger.phases)
    return flowing or rated_phases(charger)


def rated_phases(charger: Charger) -> int:
    """By the charger's rating; all of them where that is not known."""
    if charger.max_power_kw is None:
        return ALL_PHASES
    per_phase_kw = (charger.max_current_a or USUAL_MOST_CURRENT_A) * NOMINAL_V / 1000
    return min(ALL_PHASES, max(1, round(charger.max_power_kw / per_phase_kw)))


def most_power_kw(charger: Charger, guess_kw: float | None, currents: Currents) -> float | None:
    """The guess, or less where a person has set a lower current than the charger could give."""
    ceiling_a = currents.ceiling_a(charger)
    if ceiling_a is None or guess_kw is None or ceiling_a >= (charger.max_current_a or USUAL_MOST_CURRENT_A):
        return guess_kw
    return min(guess_kw, round(ceiling_a * rated_phases(charger) * NOMINAL_V / 1000, 2))
