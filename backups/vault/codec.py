"""Compression of blobs: zstd 1, small ones with a dictionary that ships with the product.

The dictionary was trained on made-up text by `train_dictionary.py`; no customer's word is in it. What does not shrink
by a thirty-second is stored as it is. A compressor serves one thread, so each thread has its own.
"""

import threading
from pathlib import Path

import zstandard

from backups.vault.errors import BlobDamaged

RAW, ZSTD, WITH_DICTIONARY = 0, 1, 2
# See docs/decisions/0008-zstd-level.md.
LEVEL = 1
# Above this a blob has enough text of its own to learn from.
DICTIONARY_UP_TO = 64 << 10
DICTIONARY_FILE = Path(__file__).with_name("dictionary.zst")

_dictionary = zstandard.ZstdCompressionDict(DICTIONARY_FILE.read_bytes())
_dictionary.precompute_compress(level=LEVEL)
_of_thread = threading.local()


def compress(plain: bytes | memoryview) -> tuple[bytes | memoryview, int]:
    """Return (stored bytes, flags)."""
    length = len(plain)
    flags = WITH_DICTIONARY if length <= DICTIONARY_UP_TO else ZSTD
    stored = _compressors()[flags - 1].compress(plain)
    if len(stored) >= length - (length >> 5):
        return plain, RAW
    return stored, flags


def decompress(stored: bytes, flags: int, plain_length: int) -> bytes:
    """Return the plain bytes. Raises `BlobDamaged` for anything that is not what `compress` made."""
    if flags == RAW:
        plain = stored
    elif flags in (ZSTD, WITH_DICTIONARY):
        try:
            plain = _decompressors()[flags - 1].decompress(stored, max_output_size=plain_length)
        except zstandard.ZstdError as problem:
            raise BlobDamaged(f"A blob does not decompress: {problem}. It was not handed out.") from problem
    else:
        raise BlobDamaged(
            f"A blob was compressed in a way (flags {flags}) this release does not know; use a newer one."
        )
    if len(plain) != plain_length:
        raise BlobDamaged(f"A blob has {len(plain)} bytes and should have {plain_length}. It was not handed out.")
    return plain


def _compressors() -> tuple[zstandard.ZstdCompressor, zstandard.ZstdCompressor]:
    if not hasattr(_of_thread, "compressors"):
        _of_thread.compressors = (
            zstandard.ZstdCompressor(level=LEVEL),
            zstandard.ZstdCompressor(level=LEVEL, dict_data=_dictionary),
        )
    return _of_thread.compressors


def _decompressors() -> tuple[zstandard.ZstdDecompressor, zstandard.ZstdDecompressor]:
    if not hasattr(_of_thread, "decompressors"):
        _of_thread.decompressors = (
            zstandard.ZstdDecompressor(),
            zstandard.ZstdDecompressor(dict_data=_dictionary),
        )
    return _of_thread.decompressors
