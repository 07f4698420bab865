"""A stranger reads the vault by docs/vault-format.md alone: nothing of the vault's own code is used for reading."""

import base64
import hashlib
import json
import struct
import subprocess
import sys

import pytest
import zstandard
from blake3 import blake3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from backups.tests.vaults import ACME, EVAS_MAIL, back_up, fixed_bytes, mail_with, make_vault
from backups.vault.keys import OrganizationKeys
from backups.vault.writer import Writer

ROOT_KEY = hashlib.sha256(b"a root key for tests").digest()


def unsealed(key, sealed, what, more=b""):
    return AESGCM(key).decrypt(sealed[:12], sealed[12:], b"portico vault 1 %s " % what + ACME.bytes + more)


def derived(secret, purpose):
    return HKDF(SHA256(), 32, None, b"portico vault 1: " + purpose).derive(secret)


def number(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if data[at - 1] < 128:
            return value, at


def counted(data, at):
    length, at = number(data, at)
    return data[at : at + length], at + length


class Stranger:
    """Reads a folder that is a vault, with the root key and the document."""

    def __init__(self, folder):
        self.folder = folder / str(ACME)
        record = (self.folder / "keys" / "0001" / "master").read_bytes()
        assert record[:4] == b"PVK1"
        assert record[24:32] == hashlib.sha256(b"portico vault root key name " + ROOT_KEY).digest()[:8]
        plain = unsealed(ROOT_KEY, record[32:], b"master", record[20:24])
        self.master, self.identity, self.public = plain[:32], plain[32:64], plain[68:100]
        dictionary = (settings.BASE_DIR / "backups" / "vault" / "dictionary.zst").read_bytes()
        self.zstd = [
            zstandard.ZstdDecompressor(),
            zstandard.ZstdDecompressor(zstandard.ZstdCompressionDict(dictionary)),
        ]
        self.where, self.versions = {}, {}
        for commit in self.chain():
            self.apply(commit)

    def chain(self):
        previous, commits = bytes(32).hex(), []
        for path in sorted((self.folder / "commits").iterdir()):
            content = path.read_bytes()
            assert path.name.endswith("." + hashlib.sha256(content).hexdigest())
            plain = unsealed(derived(self.identity, b"commit"), content[8:], b"commit", content[:8])
            signed = b"portico vault 1 commit " + ACME.bytes + content[:8] + plain[64:]
            Ed25519PublicKey.from_public_bytes(self.public).verify(plain[:64], signed)
            commit = json.loads(plain[64:])
            assert commit["previous"] == previous
            previous = hashlib.sha256(content).hexdigest()
            commits.append(commit)
        return commits

    def apply(self, commit):
        for pack_id, digest, size, slip in commit["packs"]:
            self.open_pack(bytes.fromhex(pack_id), digest, size, slip)
        for manifest in commit["manifests"]:
            data = self.blob(bytes.fromhex(manifest))
            assert data[:4] == b"PVM1"
            account, at = counted(data, 4)
            while at < len(data):
                kind, (name, at) = data[at], counted(data, at + 1)
                recipe = digest = None
                if kind:
                    recipe, at = counted(data, at)
                    digest, (size, at) = data[at : at + 32], number(data, at + 32)
                    _, at = counted(data, at)
                self.versions[account.decode(), name.decode()] = recipe and (recipe, digest, size)

    def open_pack(self, pack_id, digest, size, slip):
        slip = (self.folder / "keys" / "0001" / slip).read_bytes()
        entries = [slip[at : at + 112] for at in range(20, len(slip), 112)]
        [entry] = [entry for entry in entries if entry[:16] == pack_id]
        key = unsealed(derived(self.master, b"pack key"), entry[52:], b"pack key", pack_id)
        content = (self.folder / "packs" / digest[:2] / digest).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (digest, size)
        assert content[:4] == content[-4:] == b"PVP1"
        footer = content[-8 - struct.unpack(">I", content[-8:-4])[0] : -8]
        rows = AESGCM(key).decrypt(b"\xff" * 12, footer, b"portico vault 1 footer " + ACME.bytes + pack_id)
        for blob_id, offset, length, plain, flags in struct.iter_unpack(">32sIIIB", rows):
            self.where[blob_id] = key, content[offset : offset + length], offset, plain, flags

    def blob(self, blob_id):
        key, sealed, offset, length, flags = self.where[blob_id]
        binding = b"portico vault 1 blob " + ACME.bytes + blob_id
        stored = AESGCM(key).decrypt(struct.pack(">IQ", 0, offset), sealed, binding)
        plain = self.zstd[flags - 1].decompress(stored) if flags else stored
        assert len(plain) == length
        assert blake3(plain, key=derived(self.identity, b"blob id")).digest() == blob_id
        return plain

    def blobs(self, data, at):
        count, at = number(data, at)
        plains = []
        for _ in range(count):
            plains.append(self.blob(data[at : at + 32]))
            _, at = number(data, at + 32)
        return b"".join(plains), at

    def put_together(self, recipe):
        content, at = self.blobs(recipe, 1)
        if recipe[0] == 3:
            return self.put_together(content)
        if recipe[0] == 1:
            return content
        out, (count, at), before = [], number(recipe, at), 0
        for _ in range(count):
            distance, at = number(recipe, at)
            width, at = number(recipe, at)
            ending = [b"\r\n", b"\n"][recipe[at]]
            part, at = self.blobs(recipe, at + 1)
            flat = base64.b64encode(part)
            lines = [flat[begin : begin + width] for begin in range(0, len(flat), width)] if width else [flat]
            out += [content[before : before + distance], ending.join(lines)]
            before += distance
        return b"".join([*out, content[before:]])

    def read(self, account, name):
        recipe, digest, size = self.versions[account, name]
        content = self.put_together(recipe)
        assert (len(content), hashlib.sha256(content).digest()) == (size, digest)
        return content


@pytest.mark.django_db(transaction=True)
def test_a_stranger_reads_everything_by_the_document(tmp_path):
    vault = make_vault(tmp_path / "vault")
    contents = {
        "empty": b"",
        "note": b"Dear Ida, " * 30,
        "mail": mail_with(fixed_bytes("report", 90_000), fixed_bytes("photo", 400_000)),
        "other lines": mail_with(fixed_bytes("report", 9_000), ending=b"\n", width=64),
        "unbroken": mail_with(fixed_bytes("report", 9_000), width=1 << 20),
        "table": b"".join(b"%d;open\r\n" % row for row in range(50_000)),
        "drawing": fixed_bytes("drawing", 9_000_000),
    }
    back_up(vault, EVAS_MAIL, {**contents, "note": b"an older note", "gone": b"gone"})
    with Writer(vault) as writer:
        writer.put(EVAS_MAIL, "note", contents["note"])
        writer.delete(EVAS_MAIL, "gone")

    stranger = Stranger(tmp_path / "vault")

    assert stranger.versions.pop((EVAS_MAIL, "gone")) is None
    assert {name: stranger.read(account, name) for account, name in stranger.versions} == contents


def test_reading_needs_no_django():
    """So that content can be read where nothing of this product runs."""
    modules = (
        "errors faults layout ids root_keys keys sealing codec mime chunking varints recipe pack slips manifest commits"
        " intake streams reading stores.open"
    ).split()
    program = "import sys; sys.modules['django'] = None\n" + "\n".join(f"import backups.vault.{one}" for one in modules)

    done = subprocess.run([sys.executable, "-c", program], cwd=settings.BASE_DIR, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr


def test_known_answers_of_derivation_and_signature():
    """Constants of the format, worked out once; a change here means that old vaults cannot be read."""
    secret = bytes(range(32))

    keys = OrganizationKeys(ACME, 1, secret, {1: secret}, {})
    assert keys.id_key.hex() == derived(secret, b"blob id").hex() == KNOWN_BLOB_ID_KEY
    assert keys.sign(b"portico").hex() == KNOWN_SIGNATURE
    assert Ed25519PrivateKey.from_private_bytes(derived(secret, b"signature")).sign(b"portico").hex() == KNOWN_SIGNATURE


KNOWN_BLOB_ID_KEY = "6d28dbd6a9da7fdf1f130d413a6a555a9f4c4a8993b201d938a88347c9ac26ac"
KNOWN_SIGNATURE = (
    "2c310301853afc151498d4de63de252168737c16ab1863f5618130c3e90d2f68"
    "3928b181c26236ea3f8de685195e5cb098c27696aba8203fca23d02d83645009"
)
