"""Figures for Prometheus: components give values, this gives the text."""

from dataclasses import dataclass
from typing import Dict, Iterable, Iterator, List, Mapping, Tuple, Union

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PREFIX = "sophon_report_"
UNITS = ("bytes", "seconds", "days")
"""A name says in what its value counts; the first that stands in it."""


@dataclass(frozen=True)
class Figure:
    """One value with its labels. ``kind`` is ``counter`` or ``gauge``; names lack the prefix and ``_total``."""

    name: str
    kind: str
    help: str
    value: float
    labels: Tuple[Tuple[str, str], ...] = ()

    @property
    def full_name(self) -> str:
        """As ``/metrics`` tells it."""
        return PREFIX + self.name + ("_total" if self.kind == "counter" else "")

    @property
    def unit(self) -> str:
        """What the value counts: ``seconds``, ``bytes``, ``days``; ``""``: things, or 1 for yes."""
        return next((unit for unit in UNITS if unit in self.name.split("_")), "")


def counter(name: str, help_text: str, value: float, **labels: str) -> Figure:
    """A figure that only grows while the process lives."""
    return Figure(name, "counter", help_text, value, tuple(sorted(labels.items())))


def gauge(name: str, help_text: str, value: float, **labels: str) -> Figure:
    """A figure that goes up and down."""
    return Figure(name, "gauge", help_text, value, tuple(sorted(labels.items())))


def render(figures: Iterable[Figure]) -> bytes:
    """Prometheus text exposition of ``figures``; same-named ones become one family."""
    registry = CollectorRegistry()
    registry.register(_Collected(list(figures)))
    return generate_latest(registry)


class _Collected:
    def __init__(self, figures: List[Figure]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        families: Dict[str, Union[CounterMetricFamily, GaugeMetricFamily]] = {}
        for figure in self._figures:
            labels: Mapping[str, str] = dict(figure.labels)
            family = families.get(figure.name)
            if family is None:
                kind = CounterMetricFamily if figure.kind == "counter" else GaugeMetricFamily
                family = families[figure.name] = kind(PREFIX + figure.name, figure.help, labels=sorted(labels))
            family.add_metric([labels[key] for key in sorted(labels)], figure.value)
        return iter(families.values())
