"""Handle and Tensor: device and system memory are two arrays, and only a sync carries from one to the other.

On a box the system memory of a tensor that owns both is a mapping of its device memory, with caches between: a
forgotten sync shows there now and then, here always.
"""

from typing import Any, Dict, List, Mapping, Optional

import numpy as np

from sophon_report.testing.sail.binding import does
from sophon_report.testing.sail.chip import Array, Chip, garbage

NUMPY_TYPES: "Dict[str, np.dtype[Any]]" = {
    "BM_FLOAT32": np.dtype(np.float32),
    "BM_FLOAT16": np.dtype(np.float16),
    "BM_INT8": np.dtype(np.int8),
    "BM_UINT8": np.dtype(np.uint8),
    "BM_INT32": np.dtype(np.int32),
}


class Handle:
    """A chip that was opened."""

    _chip: Chip

    @does("int")
    def init(self, tpu_id: int) -> None:
        self._chip.count("Handle")
        if not 0 <= tpu_id < self._chip.scenario.tpus:
            self._chip.fail("SailDeviceError", f"bm_dev_request({tpu_id}) failed")

    @does()
    def get_target(self) -> str:
        return self._chip.scenario.target


class Tensor:
    """Memory of a shape, in the system, on the device, or both."""

    _chip: Chip
    _types: Mapping[str, Any]
    _shape: List[int]
    _dtype: Any
    _sys: Optional[Array]
    _dev: Optional[Array]

    @does("Handle", "List[int]", "Dtype", "bool", "bool")
    def init(
        self, handle: Any, shape: List[int], dtype: Any, own_sys_data: bool = False, own_dev_data: bool = False
    ) -> None:
        del handle
        self._shape, self._dtype = shape, dtype
        kind = NUMPY_TYPES[dtype.name]
        self._sys = garbage(shape, kind) if own_sys_data else None
        self._dev = garbage(shape, kind) if own_dev_data else None

    @does()
    def asnumpy(self) -> Array:
        source = self._dev if self._sys is None else self._sys
        if source is None:
            self._chip.fail("SailTensorError", "invalid Tensor: no memory")
        copy = np.array(source)
        if self._dtype.name == "BM_FLOAT16" and not self._differs("tensor-float16"):
            return copy.view(np.uint16)
        return copy

    @does()
    def sync_s2d(self) -> None:
        if self._sys is not None and self._dev is not None:
            self._dev[...] = self._sys

    @does()
    def sync_d2s(self) -> None:
        if self._sys is not None and self._dev is not None:
            self._sys[...] = self._dev

    @does("float")
    def scale_to(self, scale: float) -> Array:
        if self._dtype.name == "BM_FLOAT16":
            self._chip.violation("scale_to of a FLOAT16 tensor: SAIL ends the process")
        if self._sys is None:
            self._chip.fail("SailTensorError", "invalid Tensor: no system memory")
        return np.asarray(self._sys, np.float32) * np.float32(scale)

    @does("object")
    def memory_set(self, value: Any) -> None:
        for memory in (self._sys, self._dev):
            if memory is not None:
                memory[...] = value

    def _attach(self, memory: Array, dtype: Any) -> None:
        """Have that device memory from now on, without owning it; a system copy follows once."""
        self._shape, self._dtype, self._dev = list(memory.shape), dtype, memory
        if self._sys is not None:
            self._sys = np.array(memory)

    def _differs(self, behaviour: str) -> bool:
        return behaviour in self._chip.scenario.differs
