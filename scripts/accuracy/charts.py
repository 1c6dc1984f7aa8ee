"""The page's drawings as SVG: the same figures give the same bytes. No picture of a face is in them."""

from pathlib import Path
from typing import Any, List, Sequence, Tuple

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from sophon_report.model import FloatArray
from sophon_report.score import PASS_PCT

mpl.rcParams.update(
    {
        "svg.hashsalt": "sophon-report",
        "svg.fonttype": "none",
        "font.family": "sans-serif",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.color": "#ddd",
        "font.size": 9,
    }
)
COLOURS = ("#1668a8", "#c2571a", "#3d8a3d", "#8a4fa0")
GAP_S = 0.2
Points = Tuple[Sequence[float], Sequence[float]]


def histogram(path: Path, groups: Sequence[Tuple[str, FloatArray]], x_label: str) -> None:
    """Shares of values from 0 to 100 in steps of two, a row a group, with the pass mark."""
    figure = Figure(figsize=(8.6, 1.35 * len(groups) + 0.6), layout="constrained")
    rows = _rows(figure, len(groups))
    for number, (axes, (name, values)) in enumerate(zip(rows, groups)):
        weights = np.full(len(values), 100 / max(len(values), 1))
        axes.hist(values, bins=np.arange(0, 101, 2), weights=weights, color=COLOURS[number % len(COLOURS)])
        axes.set_title(f"{name}: {len(values):,}", loc="left", fontsize=9)
        axes.set_ylabel("%")
        axes.axvline(PASS_PCT, color="#333", linestyle="--", linewidth=1)
    rows[-1].set_xlim(0, 100)
    rows[-1].set_xlabel(x_label)
    _save(figure, path)


def over_time(
    path: Path,
    panels: Sequence[Tuple[str, Sequence[Tuple[str, Points]], Sequence[Tuple[float, str]]]],
    spans: Sequence[Tuple[float, float, str]],
) -> None:
    """Points over the film's seconds.

    Args:
        path: of the drawing.
        panels: label of the scale, ``(name, (seconds, values))``, marks ``(value, words)``.
        spans: ``(from, to, who)``, shown under all panels.
    """
    figure = Figure(figsize=(8.6, 2.1 * len(panels) + 0.5), layout="constrained")
    rows = _rows(figure, len(panels))
    for axes, (label, lines, marks) in zip(rows, panels):
        for number, (name, (seconds, values)) in enumerate(lines):
            axes.plot(*_broken(seconds, values), color=COLOURS[number % len(COLOURS)], linewidth=1, label=name)
        for value, words in marks:
            axes.axhline(value, color="#333", linestyle="--", linewidth=1)
            axes.annotate(words, (0, value), xytext=(2, 2), textcoords="offset points", fontsize=8)
        for begin, end, _who in spans:
            axes.axvspan(begin, end, color="#000", alpha=0.04, linewidth=0)
        axes.set_ylabel(label)
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    rows[-1].set_xlim(0, None)
    rows[-1].set_xlabel("seconds of the film; grey: a whole face is in the picture, by the film's script")
    _save(figure, path)


def sweeps(path: Path, series: Sequence[Tuple[str, str, Points]], not_found: Sequence[Sequence[float]]) -> None:
    """Scores over the strength of what was done to the portrait, one panel each.

    Args:
        path: of the drawing.
        series: ``(what was done, unit, (strengths, scores))``.
        not_found: the strengths at which no face was found any more, for each of ``series``.
    """
    columns = 3
    count = -(-len(series) // columns)
    figure = Figure(figsize=(8.6, 2.0 * count))
    figure.subplots_adjust(left=0.07, right=0.98, top=0.95, bottom=0.05, hspace=0.4, wspace=0.12)
    every = np.atleast_2d(figure.subplots(count, columns, sharey=True)).ravel()
    for axes, (name, unit, (strengths, scores)), lost in zip(every, series, not_found):
        axes.plot(strengths, scores, ".-", color=COLOURS[0], linewidth=1)
        axes.plot(lost, [1] * len(lost), "x", color=COLOURS[1])
        axes.axhline(PASS_PCT, color="#333", linestyle="--", linewidth=1)
        axes.set_title(titled(name, unit), loc="left", fontsize=9)
        axes.set_ylim(0, 100)
    for axes in every[len(series) :]:
        axes.set_visible(False)
    for row in range(count):
        every[row * columns].set_ylabel("score")
    _save(figure, path)


def titled(name: str, unit: str) -> str:
    """With its unit, if it has one."""
    return f"{name}, {unit}" if unit else name


def _broken(seconds: Sequence[float], values: Sequence[float]) -> Points:
    """The same with nothing drawn across a time without points."""
    gaps = np.flatnonzero(np.diff(seconds) > GAP_S) + 1
    return np.insert(np.asarray(seconds, float), gaps, np.nan), np.insert(np.asarray(values, float), gaps, np.nan)


def _rows(figure: Figure, count: int) -> List[Any]:
    made = figure.subplots(count, 1, sharex=True)
    return list(np.atleast_1d(made))


def _save(figure: Figure, path: Path) -> None:
    figure.savefig(path, format="svg", metadata={"Date": None})
    # matplotlib leaves blanks at the ends of lines.
    path.write_text("\n".join(line.rstrip() for line in path.read_text().splitlines()) + "\n")
