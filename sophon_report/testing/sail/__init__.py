"""A fake of the vendor's SAIL: the names that the TPU engine may use, as they behave, and no others.

"TPU" results are onnxruntime's: a fake bmodel is a small file that names an ONNX file. In this process::

    write_fake_bmodel(folder / "face.bmodel", onnx, target="BM1684", batch=4, input_hw=(640, 640))
    fake = fake_sail(Scenario(target="BM1684"))
    ...                                    # give fake.module to whatever takes the module
    assert fake.chip.violations == []      # nothing was done that a real chip does not survive

The vision process, which imports ``sophon.sail`` by itself, runs on it as a child with another environment::

    cameras = {"door": Camera(play="film.mp4", loop=True)}
    scenario = Scenario(violations=str(folder / "violations"), cameras=cameras)
    environment = {**os.environ, **install(folder, scenario)}
    subprocess.run([sys.executable, "-m", "sophon_report", "run", "--only", "vision", ...], env=environment)

A version before 3.9.1 (``Scenario(version="3.7.0")``) lacks names and ends the process where later ones raise.
With ``canned`` models nothing is computed: each launch holds the one chip for the time told, Bmcv costs nothing,
and pictures are blank; that is for benchmarks of what is around the chip.
"""

from sophon_report.testing.sail.bmodel import FakeBmodel, read_fake_bmodel, write_fake_bmodel
from sophon_report.testing.sail.chip import Chip
from sophon_report.testing.sail.module import FakeSail, child_module, fake_sail, install
from sophon_report.testing.sail.scenario import ENVIRONMENT_VARIABLE, Camera, Canned, Exit, Scenario, Spell

__all__ = [
    "ENVIRONMENT_VARIABLE",
    "Camera",
    "Canned",
    "Chip",
    "Exit",
    "FakeBmodel",
    "FakeSail",
    "Scenario",
    "Spell",
    "child_module",
    "fake_sail",
    "install",
    "read_fake_bmodel",
    "write_fake_bmodel",
]
