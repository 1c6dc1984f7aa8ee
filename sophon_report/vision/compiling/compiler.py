"""The vendor's compiler, tpu_mlir, as three commands of its own environment.

It runs on CPython 3.10 only and wants packages the service must not have, so it lives in a virtual environment of
its own (``scripts/compile-models`` makes it) and is spoken to by files. An ONNX file becomes MLIR once for each
batch; one calibration, of batch 1, serves every batch and both chips, for the layers' names are the same.

``--skip_validation`` is always given: the tool's own check links one chip's emulator into the environment, so that
two chips cannot be checked at once. ``emulator.py`` checks without touching the environment.
"""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Sequence

import numpy as np

from sophon_report.errors import ModelError
from sophon_report.model import FloatArray
from sophon_report.vision.models.chip_files import FP16, FP32, INT8

TOOL_TIMEOUT_S = 3600
LAST_LINES = 15
QUANTIZE: Dict[str, str] = {FP32: "F32", FP16: "F16", INT8: "INT8"}


@dataclass(frozen=True)
class Compiler:
    """The compiler in an environment.

    Args:
        venv: where it is installed.
        threads: cores it may use.
    """

    venv: Path
    threads: int = 2

    @property
    def python(self) -> Path:
        """Its interpreter, which runs the emulators too."""
        return self.venv / "bin" / "python"

    @property
    def package(self) -> Path:
        """Its files.

        Raises:
            ModelError: it is not installed there.
        """
        found = sorted(self.venv.glob("lib/python3.10/site-packages/tpu_mlir"))
        if not found:
            raise ModelError(f"{self.venv} has no compiler: scripts/compile-models --setup makes it")
        return found[0]

    @property
    def version(self) -> str:
        """Of tpu_mlir."""
        (dist_info, *_) = sorted(self.package.parent.glob("tpu_mlir-*.dist-info"))
        return dist_info.name.split("-")[1]

    def transform(self, onnx_file: Path, input_shape: Sequence[int], folder: Path, name: str) -> Path:
        """Return the MLIR of an ONNX file for one input shape."""
        mlir = folder / f"{name}.mlir"
        arguments = ["--model_name", name, "--model_def", str(onnx_file), "--mlir", str(mlir), "--not_inference"]
        self._run("model_transform.py", [*arguments, "--input_shapes", f"[{list(input_shape)}]"], folder)
        return mlir

    def calibrate(self, mlir: Path, inputs: FloatArray, input_name: str, folder: Path) -> Path:
        """Return the table of value ranges, learnt from ``inputs``, ``(N, C, H, W)``."""
        listed = folder / "calibration.txt"
        paths = [folder / f"calibration-{index}.npz" for index in range(len(inputs))]
        for path, one in zip(paths, inputs):
            np.savez(path, **{input_name: one[np.newaxis]})
        listed.write_text("".join(f"{path}\n" for path in paths))
        table = folder / "calibration.table"
        count = ["--input_num", str(len(inputs)), "-o", str(table)]
        self._run("run_calibration.py", [str(mlir), "--data_list", str(listed), *count], folder)
        return table

    def deploy(self, mlir: Path, chip: str, precision: str, table: Path, folder: Path) -> Path:
        """Return the bmodel of an MLIR file for a chip.

        Args:
            mlir: of :meth:`transform`.
            chip: ``BM1684`` or ``BM1684X``.
            precision: ``fp32``, ``fp16`` or ``int8``.
            table: of :meth:`calibrate`, for int8.
            folder: for what is made on the way.
        """
        bmodel = folder / f"{mlir.stem}_{chip}_{precision}.bmodel"
        arguments = ["--mlir", str(mlir), "--chip", chip.lower(), "--quantize", QUANTIZE[precision]]
        if precision == INT8:
            arguments += ["--calibration_table", str(table)]
        self._run("model_deploy.py", [*arguments, "--model", str(bmodel), "--skip_validation"], folder)
        return bmodel

    def _run(self, tool: str, arguments: Sequence[str], folder: Path) -> None:
        _ = self.package  # told first when it is not there
        command = [str(self.python), str(self.venv / "bin" / tool), *arguments]
        environment = {**os.environ, "OMP_NUM_THREADS": str(self.threads)}
        environment.pop("PYTHONPATH", None)
        try:
            done = subprocess.run(  # noqa: S603 - its own command, no shell
                command,
                cwd=str(folder),
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=TOOL_TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ModelError(f"{tool} cannot be run: {error}") from error
        if done.returncode:
            said = "\n".join(done.stdout.decode("utf-8", "replace").splitlines()[-LAST_LINES:])
            raise ModelError(f"{tool} failed with status {done.returncode}:\n{said}")
