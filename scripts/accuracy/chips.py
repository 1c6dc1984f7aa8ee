"""How far the models on the chips are from those they were made of.

``scripts/compile-models --figures docs/accuracy/chips.json`` writes the figures that are read here. They come from
the vendor's emulator: chip arithmetic without a chip. Making them takes long, so they are kept beside the page;
without the file the page says nothing of chips.
"""

import json
from pathlib import Path
from typing import Any, Dict, List, Mapping, Sequence

GOALS = {"fp32": 0.9999, "int8": 0.97}
"""Lowest cosine of a face's feature to that of the model itself."""
IOU_GOAL = 0.9
"""Lowest overlap of a box with that of the model itself."""


def read(path: Path) -> List[Dict[str, Any]]:
    """The rows of the file, in an order that does not depend on that of their making; none without a file."""
    if not path.exists():
        return []
    rows: List[Dict[str, Any]] = [row for row in json.loads(path.read_bytes()) if "cosine_min" in row]
    return sorted(rows, key=lambda row: (row["role"], row["precision"], row["chip"], row["batch"]))


def section(rows: Sequence[Mapping[str, Any]]) -> str:
    """A part of the page, ``""`` for no rows."""
    if not rows:
        return ""
    table = "\n".join(_line(row) for row in rows)
    return f"""## On the chips

The same pictures through each compiled model, on the vendor's emulator, and through the model it was made of: what
differs is the chip's arithmetic. A feature should have a cosine of {GOALS["fp32"]} or more in FP32 and
{GOALS["int8"]} in INT8, a detector's box should overlap by {IOU_GOAL}; what does not is said.

| model | chip | precision | batch | input | pictures | cosine, lowest · median | more |
| --- | --- | --- | --- | --- | --- | --- | --- |
{table}
"""


def _line(row: Mapping[str, Any]) -> str:
    cosines = f"{row['cosine_min']:.4f} · {row['cosine_median']:.4f}"
    goal = GOALS.get(row["precision"]) if row["role"] == "embedder" else None
    missed = "; **not reached**" if goal is not None and row["cosine_min"] < goal else ""
    told = " | ".join(str(row[key]) for key in ("role", "chip", "precision", "batch", "input", "pictures"))
    return f"| {told} | {cosines}{missed} | {_more(row)} |"


def _more(row: Mapping[str, Any]) -> str:
    if "iou_min" in row:
        reached = "" if row["iou_min"] >= IOU_GOAL else "; **not reached**"
        return (
            f"{row['faces']} faces, {row['faces_missed']} missed, {row['faces_added']} added; overlap at least "
            f"{row['iou_min']:.3f}{reached}, score off by up to {row['score_off_max']:.3f}"
        )
    if "age_off_max_years" in row:
        return f"age off by up to {row['age_off_max_years']:.1f} years, male by {row['male_off_max']:.3f}"
    return ""
