"""The cheapest charging on a grid of equal cells: a textbook dynamic programme, to hold the planner against."""

from collections import defaultdict
from collections.abc import Sequence
from math import inf


def least_cost(
    cell_costs: Sequence[float | None],
    wanted: int,
    *,
    start_cost: float = 0,
    min_block: int = 1,
    is_running: bool = False,
) -> float:
    """What it costs at least to be on in so many cells, starts included; infinite if it cannot be done.

    After each cell a plan is known by how many cells it has used, and for how many it has been on without a break,
    counted up to the shortest block: only then may it stop. What runs already may stop at once.

    Args:
        cell_costs: What being on costs in each cell; None where it is not allowed.
    """
    least = {(0, min_block if is_running else 0): 0.0}
    for cost in cell_costs:
        after: dict[tuple[int, int], float] = defaultdict(lambda: inf)
        for (used, on_for), so_far in least.items():
            if on_for in {0, min_block}:
                after[used, 0] = min(after[used, 0], so_far)
            if cost is not None and used < wanted:
                state = (used + 1, min(on_for + 1, min_block))
                after[state] = min(after[state], so_far + cost + (0 if on_for else start_cost))
        least = after
    return min(
        (cost for (used, on_for), cost in least.items() if used == wanted and on_for in {0, min_block}), default=inf
    )
