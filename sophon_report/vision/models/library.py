"""The models folder: fetched, converted, checked once; hashed again whenever a model is opened.

::

    models/
      sources/face_detection_yunet_2023mar.onnx     as published; its SHA-256 is in the catalogue
      ready/8f2383e4…-r1.onnx                       what runs: made of that source by recipe 1
      ready/8f2383e4…-r1.onnx.sha256                its hash, written last (``sha256sum -c`` reads it)
      BM1684/ BM1684X/                              what was compiled for the chips: ``chip_files.py``

A model is ready when its sources have their hashes, and what was made of them has the recorded one. The record is
against rot and half-done work, not against somebody who may write the folder.
"""

import contextlib
import fcntl
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, Iterator, List, Optional, Sequence, Tuple

import structlog

from sophon_report.config import Models
from sophon_report.errors import ModelError, ModelUnavailable
from sophon_report.vision.models.card import (
    ATTRIBUTES,
    CARDS,
    DETECTOR,
    EMBEDDER,
    ModelCard,
    card_beside,
    chip_card_beside,
)
from sophon_report.vision.models.catalog import CATALOG, CatalogModel
from sophon_report.vision.models.chip_files import ChipFile, chip_files, chosen
from sophon_report.vision.models.convert import convert
from sophon_report.vision.models.fetch import Member, Package, fetch_archive_members, is_right
from sophon_report.vision.models.files import sha256_of, write_whole
from sophon_report.vision.models.golden import check_golden
from sophon_report.vision.models.session import OnnxSession

OK, MISSING, WRONG, OWN = "ok", "missing", "wrong", "own"
FETCH_HINT = "run `sophon-report models fetch`"
COMPILE_HINT = "make it on an x86-64 machine with scripts/compile-models and copy the folder here"
BMODEL = ".bmodel"

log = structlog.get_logger()


@dataclass(frozen=True)
class ModelFile:
    """A model that was checked and may be loaded."""

    role: str
    path: Path
    sha256: str
    """Names the model: of the published file, whatever rewrote it; of the file itself when it is a user's own;
    the card's identity where it has one. Features of models with one name may be compared."""
    card: ModelCard
    precision: str = ""
    """Of a chip model that was compiled here: ``fp32``, ``fp16`` or ``int8``."""
    batch: int = 0
    """Of the same: pictures a run. 0: the file knows."""


@dataclass(frozen=True)
class ModelRow:
    """One source file of a model, or a user's own model, as ``models list`` tells it."""

    role: str
    name: str
    licence: str
    size_bytes: int
    sha256: str
    source: str
    path: Path
    state: str
    """``ok``, ``missing``, ``wrong`` (the file, or what was made of it) or ``own``."""


class ModelLibrary:
    """The models of one data folder.

    Args:
        models_dir: the folder, ``<data_dir>/models``; made when something is fetched.
        catalog: the default models.
    """

    def __init__(self, models_dir: Path, catalog: Sequence[CatalogModel] = CATALOG) -> None:
        self._dir = models_dir
        self._catalog = catalog

    def fetch(self, from_dir: Optional[Path] = None, say: Callable[[str], None] = print) -> None:
        """Make every default model ready; what is ready already costs its hashing and no client is started.

        Args:
            from_dir: instead of the registries, a folder of archives that were fetched elsewhere, or the models
                folder of another machine, with what was made ready there: nothing is converted then.
            say: told each file that is fetched and under which licence it is, and what stays unknown.

        Raises:
            ModelUnavailable: a needed file could not be fetched; the message has the commands to run elsewhere.
                An optional one that could not is only said.
            ModelError: a file with a wrong hash, a conversion that failed or does not answer as it must, or a
                folder that cannot be written.
        """
        try:
            with self._lock():
                self._fetch_sources(from_dir, say)
                for model in self._catalog:
                    if self._source_state(model) == OK:
                        self._make_ready(model, from_dir, say)
        except OSError as error:
            raise ModelError(f"{self._dir}: {error.strerror or error}") from error

    def open(self, role: str, override_path: str = "") -> ModelFile:
        """Return the model of ``role``, its hashes checked now.

        Args:
            role: ``detector``, ``embedder`` or ``attributes``.
            override_path: a model file of the user's own instead of the default one.

        Raises:
            ModelError: it is missing or has changed; the message says what to do.
        """
        if override_path:
            return self._open_own(role, Path(override_path).expanduser())
        model = next(model for model in self._catalog if model.role == role)
        problem = self._problem(model)
        if problem:
            raise ModelError(f"{problem}: {FETCH_HINT}")
        return ModelFile(role, self._ready_path(model), model.identity, CARDS[role])

    def sources(self, role: str) -> Tuple[Path, ...]:
        """Return the published files of the default model of ``role``, their hashes checked now.

        Raises:
            ModelError: one is missing or has changed.
        """
        model = next(model for model in self._catalog if model.role == role)
        problem = self._problem(model)
        if problem:
            raise ModelError(f"{problem}: {FETCH_HINT}")
        return tuple(self._source_path(member) for member in model.members)

    def open_chip(self, role: str, target: str, override_path: str = "") -> Tuple[ModelFile, ...]:
        """Return the model of ``role`` for a chip: all its batches in one precision, the largest batch first.

        Args:
            role: ``detector``, ``embedder`` or ``attributes``.
            target: ``BM1684`` or ``BM1684X``, as the runtime names the chip.
            override_path: a ``.bmodel`` of the user's own, with its card beside it, instead of the compiled one.

        Raises:
            ModelError: there is none, it has changed, or its card is missing or wrong; the message says what
                to do.
        """
        if override_path:
            return (self._open_own(role, Path(override_path).expanduser()),)
        files = chosen(chip_files(self._dir, [target]), target, role)
        if not files:
            raise ModelError(f"{self._dir / target} has no {role}: {COMPILE_HINT}")
        return tuple(_opened(file) for file in files)

    def chip_files(self) -> Sequence[ChipFile]:
        """Return the compiled models of all chips."""
        return chip_files(self._dir)

    def list(self, own: Optional[Models] = None) -> Tuple[ModelRow, ...]:
        """Return a row for each source file of each model that the settings lead to."""
        paths = _own_paths(own)
        rows: List[ModelRow] = []
        for model in self._catalog:
            own_paths = paths.get(model.role, ())
            rows += [_own_row(model.role, path) for path in own_paths]
            if not own_paths or model.role == ATTRIBUTES:
                rows += [self._row(model, member) for member in model.members]
        return tuple(rows)

    def verify(self, own: Optional[Models] = None) -> List[str]:
        """Return what is wrong with the models that the settings lead to: hashes, and answers to golden inputs.

        Of what was compiled for a chip it is hashes and cards: only the chip can ask it anything.
        """
        paths = _own_paths(own)
        found: List[str] = []
        for model in self._catalog:
            own_paths = paths.get(model.role, ())
            found += [self._verify(model, path) for path in own_paths]
            # The default model of attributes stands behind the user's, if it is there.
            if not own_paths or (model.role == ATTRIBUTES and self._source_state(model) != MISSING):
                found.append(self._verify(model, None))
        found += [_chip_problem(file) for file in self.chip_files()]
        return [problem for problem in found if problem]

    def _verify(self, model: CatalogModel, own: Optional[Path]) -> str:
        try:
            file = self.open(model.role, str(own or ""))
            if own is None:
                check_golden(model.role, OnnxSession(file.path.read_bytes(), model.name))
        except ModelError as error:
            return f"{model.role}: {error}"
        return ""

    def _fetch_sources(self, from_dir: Optional[Path], say: Callable[[str], None]) -> None:
        failures: List[ModelUnavailable] = []
        for package, models in self._by_package().items():
            for model in models:
                if self._source_state(model) != OK:
                    say(f"{model.role}: {model.name}, licence {model.licence} ({model.licence_source})")
            members = [member for model in models for member in model.members]
            try:
                fetch_archive_members(package, members, self._dir / "sources", from_dir, say)
            except ModelUnavailable as error:
                if all(model.optional for model in models):
                    say(f"{', '.join(model.role for model in models)} stay unknown. {error}")
                failures.append(error)
        if any(self._source_state(model) != OK and not model.optional for model in self._catalog):
            raise ModelUnavailable("\n".join(str(failure) for failure in failures))

    def _by_package(self) -> Dict[Package, List[CatalogModel]]:
        packages: Dict[Package, List[CatalogModel]] = {}
        for model in self._catalog:
            packages.setdefault(model.package, []).append(model)
        return packages

    def _make_ready(self, model: CatalogModel, from_dir: Optional[Path], say: Callable[[str], None]) -> None:
        if self._ready_state(model) == OK:
            return
        path = self._ready_path(model)
        made = from_dir / "ready" / path.name if from_dir is not None else path
        if _is_recorded(made):
            say(f"{model.role}: checking {model.name}")
            content = made.read_bytes()
        else:
            say(f"{model.role}: converting and checking {model.name}")
            content = convert(model.role, [self._source_path(member) for member in model.members])
        check_golden(model.role, OnnxSession(content, model.name))
        write_whole(path, [content])
        write_whole(_record_path(path), [f"{sha256_of(path)}  {path.name}\n".encode()])

    def _source_path(self, member: Member) -> Path:
        return self._dir / "sources" / member.name

    def _ready_path(self, model: CatalogModel) -> Path:
        return self._dir / "ready" / f"{model.identity}-r{model.recipe}.onnx"

    def _member_state(self, member: Member) -> str:
        path = self._source_path(member)
        if not path.exists():
            return MISSING
        return OK if is_right(path, member) else WRONG

    def _source_state(self, model: CatalogModel) -> str:
        states = {self._member_state(member) for member in model.members}
        return next(state for state in (WRONG, MISSING, OK) if state in states)

    def _ready_state(self, model: CatalogModel) -> str:
        path = self._ready_path(model)
        try:
            return OK if sha256_of(path) == _recorded(path) else WRONG
        except (OSError, ValueError, IndexError):
            return MISSING

    def _problem(self, model: CatalogModel) -> str:
        for member in model.members:
            path, state = self._source_path(member), self._member_state(member)
            if state == MISSING:
                return f"{path} is missing"
            if state == WRONG:
                return f"{path} has SHA-256 {sha256_of(path)}, must be {member.sha256}"
        path, state = self._ready_path(model), self._ready_state(model)
        if state == WRONG:
            return f"{path} has SHA-256 {sha256_of(path)}, was made with {_recorded(path)}"
        return "" if state == OK else f"{path} is missing"

    def _row(self, model: CatalogModel, member: Member) -> ModelRow:
        state = self._member_state(member)
        if state == OK:
            state = self._ready_state(model)
        return ModelRow(
            role=model.role,
            name=model.name,
            licence=model.licence,
            size_bytes=member.size_bytes,
            sha256=member.sha256,
            source=f"{model.package.registry}: {model.package.spec}",
            path=self._source_path(member),
            state=state,
        )

    def _open_own(self, role: str, path: Path) -> ModelFile:
        try:
            sha256 = sha256_of(path)
        except OSError as error:
            raise ModelError(f"models.{role}: {path} cannot be read: {error.strerror}") from error
        card = chip_card_beside(path, role) if path.suffix == BMODEL else card_beside(path, role)
        known = {model.identity for model in self._catalog}
        log.info("model of the user's own", role=role, path=str(path), sha256=sha256)
        if (
            role == EMBEDDER
            and not {sha256, card.identity} & known
            and card.pass_cosine == CARDS[role].pass_cosine
        ):
            log.warning("pass_cosine is the default model's, set it in the side file", path=f"{path}.toml")
        return ModelFile(role, path, card.identity or sha256, card)

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        """One fetch at a time; what a killed one left is removed by the next."""
        self._dir.mkdir(parents=True, exist_ok=True)
        with (self._dir / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            for left in (self._dir / "sources").glob(".fetch-*"):
                shutil.rmtree(str(left), ignore_errors=True)
            yield


def _opened(file: ChipFile) -> ModelFile:
    problem = file.problem()
    if problem:
        raise ModelError(f"{problem}: {COMPILE_HINT}")
    card = file.card()
    return ModelFile(file.role, file.path, card.identity or sha256_of(file.path), card, file.precision, file.batch)


def _chip_problem(file: ChipFile) -> str:
    try:
        _opened(file)
    except ModelError as error:
        return f"{file.role}: {error}"
    return ""


def _record_path(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")


def _is_recorded(path: Path) -> bool:
    """Whether it is there as it was made."""
    try:
        return sha256_of(path) == _recorded(path)
    except (OSError, ValueError, IndexError):
        return False


def _recorded(path: Path) -> str:
    """The hash that the file had when it was made."""
    return _record_path(path).read_text().split()[0]


def _own_paths(own: Optional[Models]) -> Dict[str, Tuple[Path, ...]]:
    if own is None:
        return {}
    named = {DETECTOR: (own.detector,), EMBEDDER: (own.embedder,), ATTRIBUTES: own.attributes}
    paths = {role: tuple(Path(path).expanduser() for path in texts if path) for role, texts in named.items()}
    return {role: each for role, each in paths.items() if each}


def _own_row(role: str, path: Path) -> ModelRow:
    there = path.is_file()
    return ModelRow(
        role=role,
        name=path.name,
        licence="",
        size_bytes=path.stat().st_size if there else 0,
        sha256=sha256_of(path) if there else "",
        source="own file",
        path=path,
        state=OWN if there else MISSING,
    )
