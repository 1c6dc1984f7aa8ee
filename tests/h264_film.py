"""A film of H.264, which OpenCV reads and cannot write: each pixel stands in it as it is (I_PCM)."""

from pathlib import Path

_START = b"\x00\x00\x00\x01"
_SPS, _PPS, _IDR = 0x67, 0x68, 0x65
_I_PCM = 25


class _Bits:
    def __init__(self):
        self._bits = []

    def u(self, count, value):
        self._bits += [value >> place & 1 for place in reversed(range(count))]
        return self

    def ue(self, *values):
        """Exponential Golomb codes; a signed 0 is the same as an unsigned one."""
        for value in values:
            self.u(2 * (value + 1).bit_length() - 1, value + 1)
        return self

    def align(self):
        return self.u(-len(self._bits) % 8, 0)

    def bytes(self, values):
        for value in values:
            self.u(8, value)
        return self

    def unit(self, kind):
        """The NAL unit: end marked, and no start code inside."""
        self.u(1, 1).align()
        body, zeros = bytearray(), 0
        for at in range(0, len(self._bits), 8):
            byte = int("".join(map(str, self._bits[at : at + 8])), 2)
            if zeros >= 2 and byte <= 3:
                body.append(3)
                zeros = 0
            body.append(byte)
            zeros = zeros + 1 if byte == 0 else 0
        return _START + bytes([kind]) + bytes(body)


def write_h264(path: Path, width: int = 64, height: int = 48, pictures: int = 3) -> Path:
    """Write a grey film of sides that are multiples of 16."""
    columns, rows = width // 16, height // 16
    sps = _Bits().u(8, 66).u(8, 0).u(8, 30).ue(0, 0, 2, 0).u(1, 0).ue(columns - 1, rows - 1).u(4, 0b1000)
    pps = _Bits().ue(0, 0).u(2, 0).ue(0, 0, 0).u(3, 0).ue(0, 0, 0).u(3, 0)
    film = sps.unit(_SPS) + pps.unit(_PPS)
    for number in range(pictures):
        picture = _Bits().ue(0, 7, 0).u(4, 0).ue(number % 2).u(2, 0).ue(0)
        for _ in range(columns * rows):
            picture.ue(_I_PCM).align().bytes([90] * 256 + [128] * 128)
        film += picture.unit(_IDR)
    path.write_bytes(film)
    return path
