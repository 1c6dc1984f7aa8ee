"""The chip models of one folder: found by name, hashed again whenever they are opened.

::

    models/BM1684/detector_int8_4b.bmodel            role, precision, pictures a run
    models/BM1684/detector_int8_4b.bmodel.toml       its card
    models/BM1684/detector_int8_4b.bmodel.sha256     both hashes, written last (``sha256sum -c``)

One folder a chip: a file for the other one is refused by the runtime. One file a batch: the compiler cannot put
both into one for the BM1684.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Sequence, Tuple

from sophon_report.errors import ModelError
from sophon_report.vision.models.card import ATTRIBUTES, DETECTOR, EMBEDDER, ModelCard, card_path, chip_card_beside
from sophon_report.vision.models.files import sha256_of, write_whole

BM1684, BM1684X = "BM1684", "BM1684X"
CHIPS = (BM1684, BM1684X)
"""As the vendor's runtime names them."""
FP32, FP16, INT8 = "fp32", "fp16", "int8"
PRECISIONS: Dict[str, Tuple[str, ...]] = {BM1684: (FP32, INT8), BM1684X: (FP32, FP16, INT8)}
"""What each chip computes in; the BM1684 has no fp16."""
BATCHES = (1, 4)

# A detector runs on every frame and an embedder once in a while: the first is chosen by speed among what finds the
# same faces, the others by how near they are to the model they were made from. Figures: README, Accuracy. On the
# BM1684 ages of faceres in INT8 are up to 15 years off (measured): that is not made, and not taken.
PREFERENCE: Dict[str, Dict[str, Tuple[str, ...]]] = {
    BM1684: {DETECTOR: (INT8, FP32), EMBEDDER: (FP32, INT8), ATTRIBUTES: (FP32,)},
    BM1684X: {DETECTOR: (INT8, FP16, FP32), EMBEDDER: (FP16, FP32, INT8), ATTRIBUTES: (FP16, FP32, INT8)},
}
"""Which precisions of a role are good enough for a chip, the one to take first."""

OK, WRONG, INCOMPLETE = "ok", "wrong", "incomplete"
_NAME = re.compile(r"^(detector|embedder|attributes)_(fp32|fp16|int8)_(\d{1,2})b\.bmodel$")


@dataclass(frozen=True)
class ChipFile:
    """A chip model as its name tells it; nothing is checked yet."""

    path: Path
    chip: str
    role: str
    precision: str
    batch: int

    def problem(self) -> str:
        """Return why this file may not be loaded, ``""`` when it is as it was made."""
        record = record_path(self.path)
        if not self.path.is_file():
            return f"{self.path} is no file"
        try:
            recorded = _recorded(record)
            for path in (self.path, card_path(self.path)):
                found = sha256_of(path)
                if found != recorded.get(path.name):
                    return f"{path} has SHA-256 {found}, was made with {recorded.get(path.name)}"
        except OSError as error:
            return f"{error.filename}: {error.strerror}"
        except ValueError:
            return f"{record} cannot be read"
        return ""

    def card(self) -> ModelCard:
        """Its card. Raises ModelError when it has none that can be used."""
        return chip_card_beside(self.path, self.role)

    def state(self) -> str:
        """``ok``, ``incomplete`` (no card, no record: half copied) or ``wrong``."""
        if not all(path.is_file() for path in (self.path, record_path(self.path), card_path(self.path))):
            return INCOMPLETE
        return WRONG if self.problem() else OK


def chip_files(models_dir: Path, chips: Sequence[str] = CHIPS) -> List[ChipFile]:
    """Return what lies in the chips' folders, by chip, role, precision and batch."""
    found: List[ChipFile] = []
    for chip in chips:
        folder = models_dir / chip
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            name = _NAME.match(path.name)
            if name:
                found.append(ChipFile(path, chip, name.group(1), name.group(2), int(name.group(3))))
    return found


def chosen(files: Sequence[ChipFile], chip: str, role: str) -> Tuple[ChipFile, ...]:
    """Return the files to load: all batches of the best precision that is there, the largest batch first.

    Raises:
        ModelError: an unknown chip.
    """
    if chip not in PREFERENCE:
        raise ModelError(f"chip {chip} is unknown, there are models for {', '.join(CHIPS)}")
    of_role = [file for file in files if (file.chip, file.role) == (chip, role)]
    for precision in PREFERENCE[chip][role]:
        fitting = [file for file in of_role if file.precision == precision]
        if fitting:
            return tuple(sorted(fitting, key=lambda file: -file.batch))
    return ()


def chip_path(models_dir: Path, chip: str, role: str, precision: str, batch: int) -> Path:
    """Where a chip model lies."""
    return models_dir / chip / f"{role}_{precision}_{batch}b.bmodel"


def record_path(model: Path) -> Path:
    """Where the hashes of a chip model and its card lie."""
    return model.with_name(model.name + ".sha256")


def write_record(model: Path) -> None:
    """Record that a chip model and its card are whole."""
    lines = "".join(f"{sha256_of(path)}  {path.name}\n" for path in (model, card_path(model)))
    write_whole(record_path(model), [lines.encode()])


def _recorded(record: Path) -> Dict[str, str]:
    lines = record.read_text().splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
