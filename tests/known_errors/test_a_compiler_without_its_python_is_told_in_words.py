"""An environment whose interpreter had been removed ended in an UnboundLocalError."""

import numpy as np
import pytest

from sophon_report.errors import ModelError
from sophon_report.vision.compiling.compiler import Compiler
from sophon_report.vision.compiling.emulator import answers


def test_a_compiler_without_its_python_is_told_in_words(tmp_path):
    """As after an update of the system."""
    (tmp_path / "lib/python3.10/site-packages/tpu_mlir").mkdir(parents=True)
    with pytest.raises(ModelError, match=r"bin/python cannot be run: .*No such file"):
        answers(Compiler(tmp_path), tmp_path / "a.bmodel", "BM1684", np.zeros((1, 3, 4, 4), np.float32))
