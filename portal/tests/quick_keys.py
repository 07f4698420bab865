"""Pytest plugin: private keys are checked once, not again by every test that signs with them.

To look whether an RSA key is sound takes 27 ms, and the simulator's two keys were read thousands of times.
"""

from collections.abc import Iterator
from functools import cache

import jwt.algorithms
import pytest

from organizations.actions import source_apps

_READERS = (jwt.algorithms, source_apps)


@pytest.fixture(scope="session", autouse=True)
def _keys_are_checked_once() -> Iterator[None]:
    # What cannot be read is not kept, so that it is refused every time.
    kept = cache(source_apps.load_pem_private_key)
    with pytest.MonkeyPatch.context() as patch:
        for reader in _READERS:
            patch.setattr(reader, "load_pem_private_key", kept)
        yield
