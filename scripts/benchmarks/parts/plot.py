"""Lines over time as an SVG: panels below each other, each with its own scale."""

import math

WIDTH, LEFT, RIGHT, PANEL, GAP, TOP = 860, 70, 170, 110, 34, 34
FONT = 'font-family="sans-serif" font-size="12" fill="#333"'
COLOURS = ("#1668a8", "#c2571a", "#3d8a3d", "#8a4fa0")


def svg(title, times_min, panels):
    """The text of a drawing.

    Args:
        title: stands above.
        times_min: of the points.
        panels: ``(unit, {name: values})``, a value for each time.
    """
    height = TOP + len(panels) * (PANEL + GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" {FONT}>',
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        text(LEFT, 20, title, 'font-size="14"'),
    ]
    for number, (unit, lines) in enumerate(panels):
        parts += panel(TOP + number * (PANEL + GAP), unit, times_min, lines)
    parts.append(text(LEFT + plot_width(), height - 6, f"{times_min[-1]:.0f} minutes", 'text-anchor="end"'))
    return "\n".join([*parts, "</svg>", ""])


def panel(top, unit, times_min, lines):
    """One panel with its frame, its scale and its lines."""
    most = ceiling(max(max(values) for values in lines.values()))
    bottom, right = top + PANEL, LEFT + plot_width()
    parts = []
    for share in (0, 0.5, 1):
        y = bottom - share * PANEL
        parts.append(f'<path d="M{LEFT} {y:.1f}H{right}" stroke="#ddd"/>')
        parts.append(text(LEFT - 6, y + 4, f"{most * share:g}", 'text-anchor="end"'))
    parts.append(text(LEFT + 4, top + 14, unit, 'fill="#777"'))
    for number, (name, values) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        points = " ".join(
            f"{LEFT + plot_width() * at / times_min[-1]:.1f},{bottom - PANEL * value / most:.1f}"
            for at, value in zip(times_min, values)
        )
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        parts.append(text(right + 8, top + 14 + 16 * number, name, f'fill="{colour}"'))
    return parts


def plot_width():
    """Of the lines alone."""
    return WIDTH - LEFT - RIGHT


def ceiling(value):
    """The next round number, for the upper end of a scale."""
    if value <= 0:
        return 1
    power = 10 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 5, 10) if step * power >= value)


def text(x, y, words, attributes=""):
    """A line of text."""
    words = words.replace("&", "&amp;").replace("<", "&lt;")
    return f'<text x="{x}" y="{y}" {attributes}>{words}</text>'
