"""Chip models run on the vendor's emulators: the chip's own arithmetic, bit by bit, on an x86-64 machine.

Each run is a process of its own: several models alive together on an emulator give zeros, or crash. The runtime
loads whatever is called ``libcmodel.so``; a scratch folder with one link of that name, first on the loader's path,
names the chip, so that both can be run at once and the compiler's environment stays as it is.
"""

import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Dict, List, Optional, Tuple

import numpy as np

from sophon_report.errors import ModelError
from sophon_report.model import FloatArray
from sophon_report.vision.compiling.compiler import LAST_LINES, Compiler

RUN_TIMEOUT_S = 7200
PROGRAM = Path(__file__).with_name("emulator_program.py")


def input_shape(compiler: Compiler, bmodel: Path, chip: str) -> Tuple[int, ...]:
    """Return the shape of a chip model's one input, batch first.

    Raises:
        ModelError: the runtime does not take the file.
    """
    return tuple(_run(compiler, bmodel, chip, None)["shape"].tolist())


def answers(compiler: Compiler, bmodel: Path, chip: str, inputs: FloatArray) -> Tuple[List[FloatArray], float]:
    """Return every output for ``inputs``, in the model's own order, and the seconds one run took.

    Args:
        compiler: whose runtime and emulators are used.
        bmodel: a model compiled for ``chip``, of one input.
        chip: ``BM1684`` or ``BM1684X``.
        inputs: ``(N, C, H, W)``; filled up with zeros to whole batches, whose answers are dropped.

    Raises:
        ModelError: the runtime does not take the file, or died over it.
    """
    said = _run(compiler, bmodel, chip, inputs)
    outputs = [said[f"output_{index}"] for index in range(int(said["outputs"]))]
    return outputs, float(said["seconds"])


def _run(compiler: Compiler, bmodel: Path, chip: str, inputs: Optional[FloatArray]) -> Dict[str, FloatArray]:
    package = compiler.package
    with TemporaryDirectory(prefix="emulator-") as scratch:
        folder = Path(scratch)
        (folder / "libcmodel.so").symlink_to((package / "lib" / f"libcmodel_{chip.lower()}.so").resolve())
        libraries = [folder, package / "lib", package / "lib" / "third_party"]
        environment = {
            **os.environ,
            "LD_LIBRARY_PATH": ":".join(str(each.resolve()) for each in libraries),
            "PYTHONPATH": str((package / "python").resolve()),
        }
        command = [str(compiler.python), str(PROGRAM), str(bmodel.resolve()), str(folder / "out.npz")]
        if inputs is not None:
            np.save(folder / "in.npy", inputs)
            command.append(str(folder / "in.npy"))
        try:
            done = subprocess.run(  # noqa: S603 - its own command, no shell
                command,
                cwd=scratch,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=RUN_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ModelError(f"{bmodel.name} did not answer within {RUN_TIMEOUT_S} s on the emulator") from error
        except OSError as error:
            raise ModelError(f"{compiler.python} cannot be run: {error}") from error
        try:
            # The emulator may end badly after it answered: what was written whole counts.
            with np.load(folder / "out.npz") as file:
                return {name: file[name] for name in file.files}
        except (OSError, ValueError) as error:
            said = "\n".join(done.stdout.decode("utf-8", "replace").splitlines()[-LAST_LINES:])
            raise ModelError(f"the emulator of {chip} gave no answer for {bmodel.name}:\n{said}") from error
