"""Run one bmodel on an emulator: ``emulator_program.py MODEL ANSWERS.npz [INPUTS.npy]``.

A program for the compiler's interpreter: it has numpy and the vendor's ``pyruntime_bm``, and not this package.
"""

import os
import sys
import time

import numpy as np
import pyruntime_bm  # type: ignore[import-not-found]  # in the compiler's environment only

bmodel, answers, *inputs = sys.argv[1:]
model = pyruntime_bm.Model(bmodel, 0, "")
net = model.Net(model.networks[0])
(slot,) = net.inputs
said = {"shape": np.array(slot.data.shape)}
if inputs:
    pictures = np.load(inputs[0])
    batch = slot.data.shape[0]
    parts, begin_s = [], time.monotonic()
    for begin in range(0, len(pictures), batch):
        part = pictures[begin : begin + batch]
        slot.data[: len(part)] = part
        slot.data[len(part) :] = 0
        net.forward()
        parts.append([np.array(output.data[: len(part)]) for output in net.outputs])
    said["seconds"] = np.array((time.monotonic() - begin_s) / len(parts))
    said["outputs"] = np.array(len(net.outputs))
    for index, pieces in enumerate(zip(*parts)):
        said[f"output_{index}"] = np.concatenate(pieces)
with open(answers + ".part", "wb") as file:
    np.savez(file, **said)  # type: ignore[arg-type]
os.replace(answers + ".part", answers)
