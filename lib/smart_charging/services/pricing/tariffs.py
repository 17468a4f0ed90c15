"""From a tariff as it is written to one that can be applied."""

from __future__ import annotations

from smart_charging.config.tariff import TariffSettings
from smart_charging.prices.tariff import GridFee, Tariff


def tariff_of(settings: TariffSettings) -> Tariff:
    """The same tariff in the words of `prices`."""
    return Tariff(
        markup=settings.markup,
        energy_tax=settings.energy_tax,
        grid_fees=tuple(GridFee(**fee.model_dump()) for fee in settings.grid_fees),
        vat=settings.vat,
        is_vat_on_spot_only=settings.is_vat_on_spot_only,
        support_share=settings.support_share,
        support_above=settings.support_above,
        holidays=frozenset(settings.holidays),
    )
