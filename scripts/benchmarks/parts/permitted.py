"""A search that may find only the people of a permission group, against one that may find all, in turns.

Mixes of 100,000 people: all in one group; each in one of 10 or of 1,000; 20 in a rare group and all others in
another; each in 5 of 20 groups, which is as many sets of groups as there are ways to choose them.
"""

import statistics
import time

import numpy as np

from parts.registered import unit_rows
from sophon_report.recognition.gallery import Gallery

ROWS, QUERIES, RARE = 100_000, 120, 20
GOAL = 1.2


def mixes():
    """Name of each mix, the groups of a person by number, and the group that is asked for."""
    chosen = np.random.default_rng(5).permuted(np.tile(np.arange(20), (ROWS, 1)), axis=1)[:, :5]
    return [
        ("one group", lambda _number: ("g0",), "g0"),
        ("10 groups", lambda number: (f"g{number % 10}",), "g3"),
        ("1,000 groups", lambda number: (f"g{number % 1000}",), "g3"),
        ("a rare group", lambda number: ("rare" if number % (ROWS // RARE) == 0 else "all",), "rare"),
        ("5 of 20 groups each", lambda number: tuple(f"g{each}" for each in chosen[number]), "g3"),
    ]


def measure(dim):
    """Ratios of each mix in one dimension."""
    rows, queries = unit_rows(ROWS, dim), unit_rows(QUERIES, dim, seed=2)
    found = []
    for name, groups_of, wanted in mixes():
        gallery = Gallery(dim)
        gallery.put_many([str(n) for n in range(ROWS)], rows, [groups_of(n) for n in range(ROWS)])
        ratios, millis = [], []
        for number, query in enumerate(queries):
            orders = [None, [wanted]] if number % 2 else [[wanted], None]
            seconds = {}
            for groups in orders:
                began_s = time.perf_counter()
                hits = gallery.top_k(query, 1, groups)
                seconds[groups is None] = time.perf_counter() - began_s
                assert groups is None or wanted in groups_of(int(hits[0].face_id))
            ratios.append(seconds[False] / seconds[True])
            millis.append(seconds[False] * 1e3)
        what = f"{ROWS:,} × {dim}, {name}"
        found += [
            {
                "what": f"{what}: a search in a group, times one in all",
                "value": statistics.median(ratios),
                "goal": GOAL,
                "unit": "x",
            },
            {"what": f"{what}: in a group", "value": statistics.median(millis), "goal": None, "unit": "ms"},
        ]
    return found
