"""Pictures and films for the browser tests, drawn here: nothing is fetched and nothing is kept."""

from __future__ import annotations

import struct
import zlib

_LEFT = ["0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011"]
_LEFT += ["0110111", "0001011"]
_MIRRORED = ["LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG", "LGGLLG", "LGGGLL", "LGLGLG"]
_MIRRORED += ["LGLGGL", "LGGLGL"]
WHITE, BLACK = 235, 16


def _right(digit):
    return "".join("10"[int(bit)] for bit in _LEFT[digit])


def ean13_bars(code):
    """The 95 modules of an EAN-13, 1 for a bar."""
    first, *rest = [int(digit) for digit in code]
    left = [
        _right(digit)[::-1] if kind == "G" else _LEFT[digit]
        for digit, kind in zip(rest[:6], _MIRRORED[first], strict=True)
    ]
    return "".join(["101", *left, "01010", *map(_right, rest[6:]), "101"])


def film_of_ean13(code, *, width=640, height=480, module=4, frames=5):
    """A Y4M film of a label with this code, as Chromium's pretended camera plays it in a loop."""
    bars = ean13_bars(code)
    start = (width - len(bars) * module) // 2
    line = bytearray([WHITE] * width)
    for i, bar in enumerate(bars):
        if bar == "1":
            line[start + i * module : start + (i + 1) * module] = bytes([BLACK] * module)
    blank = bytes([WHITE] * width)
    rows = [bytes(line) if height // 4 < y < 3 * height // 4 else blank for y in range(height)]
    grey = bytes([128] * (width * height // 2))
    frame = b"FRAME\n" + b"".join(rows) + grey
    return f"YUV4MPEG2 W{width} H{height} F15:1 Ip A1:1 C420mpeg2\n".encode() + frame * frames


def png(width, height):
    """A PNG of noise-free colour slopes: large in pixels, small in bytes."""

    def chunk(name, data):
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    row = b"\0" + bytes(v for x in range(width) for v in (x * 255 // width, 90, 160))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(row * height, 1)
    parts = [chunk(b"IHDR", head), chunk(b"IDAT", data), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)
