"""What energy cost in the months that used it, whenever it was charged; of `benchmarks.days_ahead`."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field

_NOTHING_KWH = 1e-6


@dataclass
class Bill:
    """What a stretch of nights cost, by the month that used the energy: the oldest debt is paid first."""

    by_month: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    below: int = 0
    """Mornings below the minimum."""
    _used: deque[tuple[str, float]] = field(default_factory=deque)
    """By month what nobody has paid for yet, oldest first."""
    _bought: deque[tuple[float, float]] = field(default_factory=deque)
    """Energy and price of what nobody has used yet: a charge may end a little late."""

    def use(self, month: str, energy_kwh: float) -> None:
        self._used.append((month, energy_kwh))
        self._settle()

    def pay(self, energy_kwh: float, cost: float) -> None:
        if energy_kwh:
            self._bought.append((energy_kwh, cost / energy_kwh))
        self._settle()

    def close(self, month: str) -> None:
        """Bill what was bought and never used to this month."""
        self.by_month[month] += sum(energy_kwh * price for energy_kwh, price in self._bought)
        self._bought.clear()

    @property
    def unpaid_kwh(self) -> float:
        """What was used and never bought."""
        return sum(energy_kwh for _, energy_kwh in self._used)

    def _settle(self) -> None:
        while self._used and self._bought:
            (month, used_kwh), (bought_kwh, price) = self._used.popleft(), self._bought.popleft()
            paid_kwh = min(used_kwh, bought_kwh)
            self.by_month[month] += paid_kwh * price
            if used_kwh - paid_kwh > _NOTHING_KWH:
                self._used.appendleft((month, used_kwh - paid_kwh))
            if bought_kwh - paid_kwh > _NOTHING_KWH:
                self._bought.appendleft((bought_kwh - paid_kwh, price))
