"""The secrets of a development installation: made once, kept below var/, readable by their owner only."""

import os
import secrets
from pathlib import Path

import sealing
from backups.vault.root_keys import new_root_key


def kept_secrets(var: Path) -> dict[str, str]:
    """Return SECRET_KEY, SEALING_KEYS, SOURCE_KEYS and VAULT_ROOT_KEYS, from the environment or from var/secrets."""
    makers = {
        "SECRET_KEY": lambda: secrets.token_urlsafe(50),
        "SEALING_KEYS": sealing.new_key,
        "SOURCE_KEYS": sealing.new_key,
        "VAULT_ROOT_KEYS": new_root_key,
    }
    return {name: os.environ.get(name) or _kept(var / "secrets" / name.lower(), make) for name, make in makers.items()}


def _kept(file: Path, make) -> str:
    if not file.exists():
        file.parent.mkdir(mode=0o700, exist_ok=True)
        # Whole or not at all: a half-written key would lock everybody out.
        draft = file.with_suffix(".new")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            out.write(make())
            out.flush()
            os.fsync(out.fileno())
        draft.rename(file)
    return file.read_text().strip()
