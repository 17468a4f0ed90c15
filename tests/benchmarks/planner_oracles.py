"""Exact optima, found in another way than the planner's: sorting, a MILP, and LPs."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

scipy_optimize: Any = import_module("scipy.optimize")
scipy_sparse: Any = import_module("scipy.sparse")


class Piece(NamedTuple):
    """Time of one price."""

    hours: float
    price: float


class Car(NamedTuple):
    """What a car needs, and the pieces it is there for, `[first, last)`."""

    kwh: float
    power_kw: float
    first: int
    last: int


def cheapest_fill(pieces: Sequence[Piece], kwh: float, power_kw: float) -> float:
    """Without a cost per start: the cheapest pieces first."""
    cost = 0.0
    for piece in sorted(pieces, key=lambda piece: piece.price):
        used = min(kwh, piece.hours * power_kw)
        cost, kwh = cost + used * piece.price, kwh - used
    return cost


def cheapest_with_starts(pieces: Sequence[Piece], kwh: float, power_kw: float, start_cost: float) -> float:
    """With a cost per start, in continuous time.

    By piece: energy e, whether charging goes on over its end c, and whether it begins within, n.
    A piece that is on at both ends is full, unless there is a start within.
    """
    count = len(pieces)
    room = np.array([piece.hours * power_kw for piece in pieces])
    full, none, one = np.diag(room), np.zeros((count, count)), np.eye(count)
    before = np.eye(count, k=-1)
    rows = [
        (np.hstack([one, -full @ before, -full]), -np.inf, np.zeros(count)),  # energy only where on before, or started
        (np.hstack([none, one - before, -one]), -np.inf, np.zeros(count)),  # on behind: on before, or started
        (np.hstack([-one, full @ (one + before), -full]), -np.inf, room),  # on before and behind, no start: full
        (np.hstack([np.ones((1, count)), np.zeros((1, 2 * count))]), [kwh], [kwh]),
    ]
    result = scipy_optimize.milp(
        np.concatenate([[piece.price for piece in pieces], np.zeros(count), np.full(count, start_cost)]),
        constraints=[scipy_optimize.LinearConstraint(scipy_sparse.csr_array(m), low, high) for m, low, high in rows],
        bounds=scipy_optimize.Bounds(np.zeros(3 * count), np.concatenate([room, np.ones(2 * count)])),
        integrality=np.concatenate([np.zeros(count), np.ones(2 * count)]),
        options={"mip_rel_gap": 1e-9},
    )
    return float(result.fun)


def cheapest_shared(pieces: Sequence[Piece], cars: Sequence[Car], limit_kw: float) -> float | None:
    """For chargers that are on or off, any sets of which that fit may take turns within a piece; None if impossible.

    By piece and set that fits: for how long it is on. The least any plan can cost.
    """
    columns = [
        (piece, some)
        for piece in range(len(pieces))
        for size in range(1, len(cars) + 1)
        for some in combinations(range(len(cars)), size)
        if all(cars[car].first <= piece < cars[car].last for car in some)
        and sum(cars[car].power_kw for car in some) <= limit_kw + 1e-9
    ]
    if not columns:
        return None
    costs = [pieces[piece].price * sum(cars[car].power_kw for car in some) for piece, some in columns]
    time_used, energy = np.zeros((len(pieces), len(columns))), np.zeros((len(cars), len(columns)))
    for column, (piece, some) in enumerate(columns):
        time_used[piece, column] = 1
        for car in some:
            energy[car, column] = cars[car].power_kw
    result = scipy_optimize.linprog(
        costs,
        A_ub=scipy_sparse.csr_array(time_used),
        b_ub=[piece.hours for piece in pieces],
        A_eq=scipy_sparse.csr_array(energy),
        b_eq=[car.kwh for car in cars],
    )
    return float(result.fun) if result.status == 0 else None


def cheapest_modulated(pieces: Sequence[Piece], cars: Sequence[Car], limit_kw: float) -> float | None:
    """For chargers that may also charge slower, which ours cannot: a bound that no plan of ours need reach."""
    columns = [(piece, car) for car, one in enumerate(cars) for piece in range(one.first, one.last)]
    if not columns:
        return None
    taken, energy = np.zeros((len(pieces), len(columns))), np.zeros((len(cars), len(columns)))
    for column, (piece, car) in enumerate(columns):
        taken[piece, column] = energy[car, column] = 1
    result = scipy_optimize.linprog(
        [pieces[piece].price for piece, _ in columns],
        A_ub=scipy_sparse.csr_array(taken),
        b_ub=[limit_kw * piece.hours for piece in pieces],
        A_eq=scipy_sparse.csr_array(energy),
        b_eq=[car.kwh for car in cars],
        bounds=[(0, cars[car].power_kw * pieces[piece].hours) for piece, car in columns],
    )
    return float(result.fun) if result.status == 0 else None
