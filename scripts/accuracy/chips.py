"""How far the models on the chips are from those they were made of.

The figures come from the vendor's emulators, chip arithmetic without a chip: ``./scripts/test --emulator`` leaves
them in ``var/emulator``. Making them takes long, so they are kept beside the page; without any the page says
nothing of chips.
"""

import json
from pathlib import Path
from typing import Any, Dict, List, Mapping, Sequence, Tuple

FLOAT_COSINE = 0.9999
"""Lowest cosine of a float model's answer to that of the model itself."""
INT8_FEATURE_COSINE = 0.97
"""The same of a face's feature in INT8; an INT8 detector is judged by its boxes."""
IOU_GOAL = 0.9
"""Lowest overlap of a box with that of the model itself."""


def keep(measured: Path, kept: Path) -> List[Dict[str, Any]]:
    """Return the rows that are kept beside the page; those that were measured here since take their place.

    What was measured once and is not made any more stays: that it failed is why.
    """
    rows = {_key(row): row for row in _read(kept)}
    for row in _read(measured):
        if "cosine_min" in row:
            del row["emulator_seconds_a_run"]  # of this machine, not of a chip
            rows[_key(row)] = row
    told = [rows[key] for key in sorted(rows)]
    if told:
        kept.write_text(json.dumps(told, indent=1) + "\n")
    return told


def _read(path: Path) -> List[Dict[str, Any]]:
    rows: List[Dict[str, Any]] = json.loads(path.read_bytes()) if path.exists() else []
    return rows


def _key(row: Mapping[str, Any]) -> Tuple[str, str, str, int]:
    return row["role"], row["precision"], row["chip"], row["batch"]


def section(rows: Sequence[Mapping[str, Any]]) -> str:
    """A part of the page, ``""`` for no rows."""
    if not rows:
        return ""
    table = "\n".join(_line(row) for row in rows)
    return f"""## On the chips

The same pictures through each compiled model, on the vendor's emulator, and through the model it was made of:
what differs is the chip's arithmetic. Answers in floats should have a cosine of {FLOAT_COSINE} or more, features
in INT8 {INT8_FEATURE_COSINE}, and boxes overlap by {IOU_GOAL}; what does not is said.

| model | chip | precision | batch | input | pictures | cosine, lowest · median | more |
| --- | --- | --- | --- | --- | --- | --- | --- |
{table}
"""


def _line(row: Mapping[str, Any]) -> str:
    cosines = f"{row['cosine_min']:.4f} · {row['cosine_median']:.4f}"
    missed = "; **not reached**" if row["cosine_min"] < _cosine_goal(row) else ""
    told = " | ".join(str(row[key]) for key in ("role", "chip", "precision", "batch", "input", "pictures"))
    return f"| {told} | {cosines}{missed} | {_more(row)} |"


def _cosine_goal(row: Mapping[str, Any]) -> float:
    if row["precision"] != "int8":
        return FLOAT_COSINE
    return -1.0 if row["role"] == "detector" else INT8_FEATURE_COSINE


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
