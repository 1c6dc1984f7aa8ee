"""The model files: which are there, whether they are whole, and under which terms they may be used."""

from typing import List, Protocol

from sophon_report.api.call import Need
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.shapes import Answer


class ModelTold(Answer):
    """One file of a model."""

    role: str
    """``detector``, ``embedder`` or ``attributes``."""
    name: str
    licence: str
    """Empty for a file of the user's own."""
    size_bytes: int
    sha256: str
    source: str
    """Where it is published; ``own file`` for one of the user's."""
    file: str
    """Its name."""
    state: str
    """``ok`` (its hash was checked now), ``missing``, ``wrong``, or ``own``."""
    in_use: bool
    """The settings lead to it, and the processor computes with it."""


class ChipModelTold(Answer):
    """A model that was compiled for a TPU."""

    chip: str
    role: str
    precision: str
    batch: int
    file: str
    state: str
    """``ok``, ``incomplete`` or ``wrong``."""


class ModelList(Answer):
    """All that the settings lead to."""

    engine: str
    """What computes now: ``cpu``, ``sail``; empty while vision is away."""
    embedder: str
    """Which embedding model vision says it uses: its SHA-256; empty while vision is away."""
    models: List[ModelTold]
    chip_models: List[ChipModelTold]


class ModelService(Protocol):
    """Whoever looks at them."""

    async def models(self) -> ModelList:
        """All of them, hashed now.

        Raises:
            Unavailable: a file cannot be read.
        """


class ModelCalls:
    """The one operation."""

    def __init__(self, desk: ModelService) -> None:
        self._desk = desk

    def operations(self) -> List[Operation]:
        """What is served."""
        return [
            Operation(
                "GET",
                "/models",
                Need.READ,
                "Model files, checked now",
                self.look,
                ModelList,
                tags=("system",),
                errors=("UNAVAILABLE",),
                description="Hashes every file: it takes some tenths of a second.",
            )
        ]

    async def look(self, _asked: Asked) -> ModelList:
        """All of them."""
        return await self._desk.models()
