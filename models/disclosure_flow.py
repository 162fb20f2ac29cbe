"""Which cells to hide so that none can be found by subtraction: flows in a network.

The table of one year is a circulation. Every node of the table is an arc that carries its value:
everything -> law -> product -> (product, district) -> (law, district) -> district -> everything;
what flows into a place flows out of it, and those are exactly all the sums of the table. Whoever
knows the published nodes knows the flow on their arcs. How far a hidden arc can then be raised is
the most that can flow back from its head to its tail over hidden arcs; how far it can be lowered,
the most that can flow the other way, since no value is below zero. That is what linear programming
on the published figures finds, exactly, without a solver.

So a hidden arc is safe in a year when enough can flow. Where it cannot, the cheapest path is hidden
too (Castro 2002 gives the network; Kelly, Golden and Assad 1992 the paths). Hiding more only ever
widens what is hidden already: what is safe stays safe, and the search ends.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

import numpy as np

from models.cube import Bools, Ints
from models.disclosure_rectangles import Needs, rectangles
from models.disclosure_table import Layout

TOLERANCE = 1e-7
FREE = 1e-3  # what a hidden arc costs on a path: short ones first
# What it costs to hide a node: small cells of a product in a district before any sum.
PRICES = {("product", False): 1.0, ("law", False): 12.0, ("all", False): 40.0}
PRICES |= {("product", True): 40.0, ("law", True): 150.0, ("all", True): 400.0}
LARGEST = 0.5  # the largest cell costs this much more than the smallest
ABSENT = 0.25  # per year in which a cell is not there to help
STEPS = 6  # how often the wanted capacity of a path is halved


@dataclass
class Network:
    """The arcs of a table, and which of them are hidden.

    Attributes:
        row: row of the node of each arc; likewise ``column``.
        tail: place an arc leaves; ``head``: place it enters.
        value: value per arc and year; ``runs``: whether it may be other than zero.
        price: of hiding an arc.
        hidden: per arc; only ever grows.
        touching: the arcs at each place.
    """

    row: Ints
    column: Ints
    tail: list[int]
    head: list[int]
    value: list[list[float]]
    runs: list[list[bool]]
    price: list[float]
    hidden: list[bool]
    touching: list[list[int]] = field(default_factory=list)

    def slack(self, arc: int, year: int, *, up: bool, needed: float) -> dict[int, float]:
        """Find flow that moves an arc as far as needed, or as far as it goes, over hidden arcs.

        Returns:
            Change per arc; ``-1`` -> what is still missing.
        """
        return self._flow(arc, year, up, {-1: needed}, 0.0, anything=False)

    def protect(self, arc: int, year: int, *, up: bool, needed: float) -> list[int]:
        """Hide what must be hidden for an arc to move as far as needed; return what was hidden."""
        flow = self.slack(arc, year, up=up, needed=needed)
        before = list(self.hidden)
        least = flow[-1]
        for _ in range(STEPS):
            if flow[-1] <= TOLERANCE:
                break
            flow = self._flow(arc, year, up, flow, least, anything=True)
            least /= 2
        if flow[-1] > TOLERANCE:
            flow = self._flow(arc, year, up, flow, 0.0, anything=True)
        return [at for at, was in enumerate(before) if self.hidden[at] and not was]

    def _flow(
        self,
        arc: int,
        year: int,
        up: bool,
        flow: dict[int, float],
        least: float,
        *,
        anything: bool,
    ) -> dict[int, float]:
        start, end = (self.head, self.tail) if up else (self.tail, self.head)
        while flow[-1] > TOLERANCE:
            capacity = max(TOLERANCE, min(least, flow[-1]))
            path = self._path(start[arc], end[arc], arc, year, flow, capacity, anything)
            if path is None:
                break
            room = [flow[-1]]
            room += [self.value[at][year] + flow.get(at, 0.0) for at, along in path if not along]
            moved = min(room)
            for at, along in path:
                self.hidden[at] = True
                flow[at] = flow.get(at, 0.0) + (moved if along else -moved)
            flow[-1] -= moved
        return flow

    def _path(
        self,
        start: int,
        end: int,
        barred: int,
        year: int,
        flow: dict[int, float],
        capacity: float,
        anything: bool,
    ) -> list[tuple[int, bool]] | None:
        """Return the cheapest path of at least a capacity, as arcs and whether along them."""
        cost = {start: 0.0}
        came: dict[int, tuple[int, int, bool]] = {}
        queue = [(0.0, start)]
        while queue:
            spent, place = heapq.heappop(queue)
            if place == end:
                return _traced(came, start, end)
            if spent > cost[place]:
                continue
            for at in self.touching[place]:
                if at == barred or not self.runs[at][year] or not (anything or self.hidden[at]):
                    continue
                along = self.tail[at] == place
                if not along and self.value[at][year] + flow.get(at, 0.0) < capacity:
                    continue
                other = self.head[at] if along else self.tail[at]
                total = spent + (FREE if self.hidden[at] else self.price[at])
                if total < cost.get(other, np.inf):
                    cost[other] = total
                    came[other] = (place, at, along)
                    heapq.heappush(queue, (total, other))
        return None


def _traced(came: dict[int, tuple[int, int, bool]], start: int, end: int) -> list[tuple[int, bool]]:
    path = []
    while end != start:
        end, at, along = came[end]
        path.append((at, along))
    return path[::-1]


def build_network(layout: Layout, needs: Needs, hidden: Bools) -> Network:
    """Lay the nodes of a table out as arcs; only those that run in some year."""
    row, column = np.nonzero(needs.runs.any(axis=2))
    ends = [_places(layout, r, c) for r, c in zip(row.tolist(), column.tolist(), strict=True)]
    network = Network(
        row=row,
        column=column,
        tail=[tail for tail, _ in ends],
        head=[head for _, head in ends],
        value=needs.value[row, column].tolist(),
        runs=needs.runs[row, column].tolist(),
        price=_prices(layout, needs, row, column),
        hidden=hidden[row, column].tolist(),
    )
    count = max((max(pair) for pair in ends), default=-1) + 1
    network.touching = [[] for _ in range(count)]
    for at, (tail, head) in enumerate(ends):
        network.touching[tail].append(at)
        network.touching[head].append(at)
    return network


def _places(layout: Layout, row: int, column: int) -> tuple[int, int]:
    """Return the place that the arc of a node leaves, and the one it enters."""
    products, laws, districts = len(layout.products), len(layout.laws), len(layout.districts)
    law, product = 2, 2 + laws  # 0 and 1: before and after everything
    cell = product + products
    district = cell + laws * districts
    level = layout.rows[row][0]
    if level == "product":
        own = int(layout.law_of[row])
        if column == districts:
            return law + own, product + row
        return product + row, cell + own * districts + column
    if level == "law":
        own = row - products
        if column == districts:
            return 0, law + own
        return cell + own * districts + column, district + column
    return (1, 0) if column == districts else (district + column, 1)


def _prices(layout: Layout, needs: Needs, row: Ints, column: Ints) -> list[float]:
    mean = needs.value[row, column].mean(axis=1)
    largest = max(float(mean.max(initial=0.0)), 1.0)
    absent = needs.runs.any(axis=(0, 1)).sum() - needs.runs[row, column].sum(axis=1)
    size = 1 + LARGEST * np.sqrt(mean / largest) + ABSENT * absent
    leaves = needs.runs[: len(layout.products), :-1].any(axis=2).astype(float)
    single = layout.summed(leaves[:, :, None])[row, column, 0] == 1
    found = []
    for at, (r, c) in enumerate(zip(row.tolist(), column.tolist(), strict=True)):
        is_leaf = r < len(layout.products) and c < len(layout.districts)
        kind = layout.rows[r][0], c == len(layout.districts)
        found.append(FREE if single[at] and not is_leaf else PRICES[kind] * float(size[at]))
    return found


def hide_enough(layout: Layout, needs: Needs, hidden: Bools) -> Bools:
    """Hide more nodes until every hidden one is as wide as needed in every year.

    Args:
        layout: the table.
        needs: values and widths.
        hidden: (rows, columns), what must be hidden anyway.

    Returns:
        What is to be hidden: (rows, columns).
    """
    network = build_network(layout, needs, hidden)
    found = hidden.copy()
    done: set[int] = set()
    while True:
        waiting = [at for at, is_hidden in enumerate(network.hidden) if is_hidden]
        waiting = [at for at in waiting if at not in done]
        if not waiting:
            return found
        up, down = rectangles(layout, needs, found)
        for arc in waiting:
            node = network.row[arc], network.column[arc]
            for year in np.flatnonzero(needs.runs[node]).tolist():
                _widen(network, needs, arc, year, (up[node][year], down[node][year]))
        done.update(waiting)
        found[network.row, network.column] |= np.array(network.hidden, dtype=np.bool_)


def _widen(network: Network, needs: Needs, arc: int, year: int, sure: tuple[float, float]) -> None:
    node = network.row[arc], network.column[arc]
    for up, known, wanted in zip((True, False), sure, (needs.up, needs.down), strict=True):
        needed = float(wanted[node][year])
        if known < needed - TOLERANCE:
            network.protect(arc, year, up=up, needed=needed)


def too_narrow(layout: Layout, needs: Needs, hidden: Bools) -> list[tuple[int, int, int]]:
    """Return row, column and year of every hidden node that can be found too well."""
    network = build_network(layout, needs, hidden)
    faults = []
    for arc in np.flatnonzero(network.hidden).tolist():
        node = int(network.row[arc]), int(network.column[arc])
        for year in np.flatnonzero(needs.runs[node]).tolist():
            for up, wanted in ((True, needs.up), (False, needs.down)):
                left = network.slack(arc, year, up=up, needed=float(wanted[node][year]))[-1]
                if left > 10 * TOLERANCE:
                    faults.append((*node, year))
    return sorted(set(faults))
