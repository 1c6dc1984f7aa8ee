"""Chip models made, checked and filed: ``<out>/<chip>/<role>_<precision>_<n>b.bmodel`` with card and record.

A file counts when its record is there, which is written last. ``compiled.json`` beside the files says by which
recipe each was made and how far it agrees with its model; a file of the same recipe is not made again.
"""

import fcntl
import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple

import numpy as np

from sophon_report.errors import ModelError
from sophon_report.model import FloatArray
from sophon_report.vision.compiling.agreement import Agreement, agreement
from sophon_report.vision.compiling.compiler import Compiler
from sophon_report.vision.compiling.emulator import answers
from sophon_report.vision.compiling.forms import chip_form
from sophon_report.vision.compiling.samples import SampleMaker, Samples, fed, input_hw_of
from sophon_report.vision.models.card import CARDS, EMBEDDER, card_path, card_text
from sophon_report.vision.models.chip_files import FP16, FP32, INT8, PREFERENCE, ChipFile, chip_path, write_record
from sophon_report.vision.models.chip_golden import ChipGolden, golden_input, golden_of
from sophon_report.vision.models.files import scratch_folder, write_whole
from sophon_report.vision.models.library import ModelFile, ModelLibrary
from sophon_report.vision.models.session import OnnxSession

RECIPE = 1
"""Raised with every change of what is compiled, so that old files are made again."""
COMPARABLE_COSINE = 0.97
"""An embedder whose feature of every asked face is so near to its model's shares the model's gallery: this error
takes 3 % of a match's cosine, which is .74 and more for one person and .24 and less for two (measured
on the sample photographs), the mark between them being .489. One that is farther away gets an identity, and so a
gallery, of its own."""
FLOAT_ASKED = {FP32: 3, FP16: 2}
"""No more pictures are asked in these: they are off by rounding alone, the same for any picture, and the emulator
takes ten times as long in fp16."""
TOLERANCES = {FP32: 1e-3, FP16: 2e-2, INT8: 0.1}
"""For golden answers: rounding at each precision, with room. The chip and its emulator should do the same sums, so
this is for a box whose runtime is of another version."""
LEDGER = "compiled.json"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Wanted:
    """What is to be made."""

    chips: Sequence[str]
    roles: Sequence[str]
    precisions: Sequence[str]
    batches: Sequence[int]
    detector_hw: Tuple[int, int]
    asked: int
    """Pictures that each model is asked on the emulator; 0: nothing is checked."""


@dataclass(frozen=True)
class Made:
    """A chip model, and how far it agrees with the model it was made of."""

    file: ChipFile
    input_hw: Tuple[int, int]
    size_bytes: int
    agreement: Optional[Agreement]
    """``None`` when it was not asked."""
    seconds_a_run: float
    """On the emulator, for a whole batch; says nothing of the chip."""

    def row(self) -> Dict[str, Any]:
        """Its figures for a file."""
        told = (
            {key: value for key, value in asdict(self.agreement).items() if value is not None}
            if self.agreement
            else {}
        )
        named = {"chip": self.file.chip, "role": self.file.role, "precision": self.file.precision}
        shown = {key: round(value, 6) if isinstance(value, float) else value for key, value in told.items()}
        height, width = self.input_hw
        return {
            **named,
            "batch": self.file.batch,
            "input": f"{width}x{height}",
            "size_bytes": self.size_bytes,
            **shown,
            "emulator_seconds_a_run": round(self.seconds_a_run, 2),
        }


class Maker:
    """Makes chip models of the default ones.

    Args:
        library: has the default models.
        compiler: the vendor's.
        out: folder of the chips' folders.
        samples: gives the pictures; called when the first model is made.
        say: told each file that is made, and each that is there.
    """

    def __init__(
        self, library: ModelLibrary, compiler: Compiler, out: Path, samples: Callable[[], SampleMaker], say: Say
    ) -> None:
        self._library = library
        self._compiler = compiler
        self._out = out
        self._samples = samples
        self._sample_maker: Optional[SampleMaker] = None
        self._say = say

    def make(self, wanted: Wanted) -> Iterator[Made]:
        """Make what is wanted and not there, one after the other; what is there is given too.

        Raises:
            ModelError: a default model is missing, or the compiler or an emulator failed.
        """
        self._out.mkdir(parents=True, exist_ok=True)
        with (self._out / ".compile.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for role in wanted.roles:
                yield from self._role(role, wanted)

    def _role(self, role: str, wanted: Wanted) -> Iterator[Made]:
        with scratch_folder(self._out) as folder:
            bench: Optional[_Bench] = None
            for file in self._files(role, wanted):
                recipe = self._recipe(file, wanted)
                known = _ledger(file).get(file.path.name, {})
                if known.get("recipe") == recipe and not file.problem():
                    self._say(f"{_name(file)}: is there")
                    yield _read_back(file, known)
                    continue
                if bench is None:
                    bench = self._bench(role, wanted, folder)
                made = bench.make(file)
                _enter(file, {"recipe": recipe, **_ledger_entry(made)})
                yield made

    def _files(self, role: str, wanted: Wanted) -> Iterator[ChipFile]:
        for chip in wanted.chips:
            for precision in PREFERENCE[chip][role]:
                for batch in wanted.batches if precision in wanted.precisions else ():
                    path = chip_path(self._out, chip, role, precision, batch)
                    yield ChipFile(path, chip, role, precision, batch)

    def _recipe(self, file: ChipFile, wanted: Wanted) -> str:
        height, width = input_hw_of(file.role, wanted.detector_hw)
        made_of = self._library.open(file.role).sha256
        checked = bool(wanted.asked)
        said = (RECIPE, made_of, self._compiler.version, height, width, file.precision, file.batch, checked)
        return hashlib.sha256(repr(said).encode()).hexdigest()

    def _bench(self, role: str, wanted: Wanted, folder: Path) -> "_Bench":
        if self._sample_maker is None:
            self._say("finding faces in the film")
            self._sample_maker = self._samples()
        input_hw = input_hw_of(role, wanted.detector_hw)
        samples = self._sample_maker.samples(role, input_hw)
        model = self._library.open(role)
        form = folder / f"{role}.onnx"
        form.write_bytes(chip_form(role, self._library.sources(role)))
        asked = replace(samples, asked=samples.asked[: wanted.asked])
        return _Bench(model, form, input_hw, asked, self._compiler, folder, self._say)


class _Bench:
    """One role's model under work: what its files share is made when it is first needed."""

    def __init__(
        self,
        model: ModelFile,
        form: Path,
        input_hw: Tuple[int, int],
        samples: Samples,
        compiler: Compiler,
        folder: Path,
        say: Say,
    ) -> None:
        self._model = model
        self._form = form
        self._input_hw = input_hw
        self._samples = samples
        self._compiler = compiler
        self._folder = folder
        self._say = say
        self._session = OnnxSession(model.path.read_bytes(), f"{model.role} {model.path.name}", compiler.threads)
        self._mlir: Dict[int, Path] = {}
        self._table: Optional[Path] = None
        self._right: Optional[List[FloatArray]] = None

    def make(self, file: ChipFile) -> Made:
        """Compile one file, ask it, and put it in its place with card and record."""
        table = self._calibration() if file.precision == INT8 else self._folder
        bmodel = self._compiler.deploy(
            self._transformed(file.batch), file.chip, file.precision, table, self._folder
        )
        size_bytes = bmodel.stat().st_size
        self._say(f"{_name(file)}: compiled, {size_bytes:,} bytes")
        golden, agreed, seconds = self._asked(bmodel, file) if len(self._samples.asked) else (None, None, 0.0)
        card = replace(CARDS[file.role], golden=golden, identity=self._identity(file, agreed))
        write_whole(file.path, [bmodel.read_bytes()])
        write_whole(card_path(file.path), [card_text(card).encode()])
        write_record(file.path)
        bmodel.unlink()
        return Made(file, self._input_hw, size_bytes, agreed, seconds)

    def _transformed(self, batch: int) -> Path:
        if batch not in self._mlir:
            name = f"{self._model.role}_{batch}b"
            shape = (batch, 3, *self._input_hw)
            self._mlir[batch] = self._compiler.transform(self._form, shape, self._folder, name)
        return self._mlir[batch]

    def _calibration(self) -> Path:
        if self._table is None:
            inputs = fed(self._samples.learnt, CARDS[self._model.role])
            self._say(f"{self._model.role}: calibrating on {len(inputs)} pictures")
            self._table = self._compiler.calibrate(
                self._transformed(1), inputs, self._session.input.name, self._folder
            )
        return self._table

    def _asked(self, bmodel: Path, file: ChipFile) -> Tuple[ChipGolden, Agreement, float]:
        card = CARDS[file.role]
        ramp = golden_input((1, 3, *self._input_hw), card.mean, card.scale)
        pictures = fed(self._samples.asked, card)
        pictures = pictures[: FLOAT_ASKED.get(file.precision, len(pictures))]
        if self._right is None or len(self._right[0]) < len(pictures):
            runs = [list(self._session.run(one[np.newaxis]).values()) for one in pictures]
            self._right = [np.concatenate(outputs) for outputs in zip(*runs)]
        found, seconds = answers(self._compiler, bmodel, file.chip, np.concatenate([ramp, pictures]))
        if [each.shape[1:] for each in found] != [each.shape[1:] for each in self._right]:
            raise ModelError(f"{_name(file)}: has other outputs than its model, or in another order")
        golden = golden_of([each[:1] for each in found], TOLERANCES[file.precision])
        right = [each[: len(pictures)] for each in self._right]
        agreed = agreement(file.role, right, [each[1:] for each in found], self._input_hw)
        self._say(f"{_name(file)}: {_told(agreed)}, {seconds:.1f} s a run on the emulator")
        return golden, agreed, seconds

    def _identity(self, file: ChipFile, agreed: Optional[Agreement]) -> str:
        if file.role != EMBEDDER:
            return ""
        if agreed and agreed.cosine_min >= COMPARABLE_COSINE:
            return self._model.sha256
        # One of its own, the same for all batches: they do the same sums.
        return hashlib.sha256(f"{self._model.sha256} {file.chip} {file.precision} {RECIPE}".encode()).hexdigest()


def _name(file: ChipFile) -> str:
    return f"{file.chip} {file.role} {file.precision} {file.batch}b"


def _told(agreed: Agreement) -> str:
    said = f"{agreed.pictures} pictures, cosine from {agreed.cosine_min:.5f}"
    if agreed.iou_min is not None:
        said += (
            f", {agreed.faces} faces, {agreed.faces_missed} missed, {agreed.faces_added} added, boxes' IoU from"
            f" {agreed.iou_min:.3f}, scores within {agreed.score_off_max:.3f}"
        )
    if agreed.age_off_max_years is not None:
        said += f", age within {agreed.age_off_max_years:.2f} years, male within {agreed.male_off_max:.3f}"
    return said


def _ledger_path(file: ChipFile) -> Path:
    return file.path.parent / LEDGER


def _ledger(file: ChipFile) -> Dict[str, Any]:
    try:
        read: Dict[str, Any] = json.loads(_ledger_path(file).read_text())
    except (OSError, ValueError):
        return {}
    return read


def _enter(file: ChipFile, entry: Dict[str, Any]) -> None:
    entries = {**_ledger(file), file.path.name: entry}
    write_whole(_ledger_path(file), [json.dumps(entries, indent=1, sort_keys=True).encode()])


def _ledger_entry(made: Made) -> Dict[str, Any]:
    agreed = asdict(made.agreement) if made.agreement else None
    return {
        "input_hw": made.input_hw,
        "size_bytes": made.size_bytes,
        "agreement": agreed,
        "seconds": made.seconds_a_run,
    }


def _read_back(file: ChipFile, entry: Dict[str, Any]) -> Made:
    agreed = Agreement(**entry["agreement"]) if entry["agreement"] else None
    height, width = entry["input_hw"]
    return Made(file, (height, width), entry["size_bytes"], agreed, entry["seconds"])
