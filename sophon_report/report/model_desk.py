"""The model files as the page asks for them: hashed in a thread, one look at a time."""

import asyncio
from typing import Sequence

from sophon_report.api.v1.models import ChipModelTold, ModelList, ModelTold
from sophon_report.config import Models
from sophon_report.errors import Unavailable
from sophon_report.report.running import Parts
from sophon_report.vision.models.chip_files import ChipFile
from sophon_report.vision.models.library import OK, OWN, ModelLibrary, ModelRow


class ModelDesk:
    """The :class:`sophon_report.api.v1.models.ModelService` of a running service."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._library = parts, ModelLibrary(parts.place.models)
        self._lock = asyncio.Lock()

    async def models(self) -> ModelList:
        """All of them, hashed now."""
        hello = self._parts.flow.vision()
        engine, embedder = (hello.engine, hello.embedder) if hello is not None else ("", "")
        own = self._parts.settings().models
        async with self._lock:
            return await asyncio.get_running_loop().run_in_executor(None, self._look, own, engine, embedder)

    def _look(self, own: Models, engine: str, embedder: str) -> ModelList:
        try:
            rows = self._library.list(own)
            chips = [_chip_told(file) for file in self._library.chip_files()]
        except OSError as error:
            raise Unavailable(f"the model files cannot be read: {error.strerror}") from error
        return ModelList(
            engine=engine,
            embedder=embedder,
            models=[_told(row, engine, rows) for row in rows],
            chip_models=chips,
        )


def _told(row: ModelRow, engine: str, rows: Sequence[ModelRow]) -> ModelTold:
    whole = all(each.state in (OK, OWN) for each in rows if each.name == row.name)
    return ModelTold(
        role=row.role,
        name=row.name,
        licence=row.licence,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        source=row.source,
        file=row.path.name,
        state=row.state,
        in_use=engine == "cpu" and whole,
    )


def _chip_told(file: ChipFile) -> ChipModelTold:
    return ChipModelTold(
        chip=file.chip,
        role=file.role,
        precision=file.precision,
        batch=file.batch,
        file=file.path.name,
        state=file.state(),
    )
