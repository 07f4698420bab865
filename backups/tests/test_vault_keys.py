"""Who can open what: root keys, masters, epochs, pack keys, signatures."""

import pytest

from backups.tests.vaults import ACME, BOLT, ROOT, acme_keys, fixed_bytes
from backups.vault import sealing
from backups.vault.errors import CommitDamaged, KeyMissing, KeyProblem, KeyRetired, Swapped, WrongKey
from backups.vault.keys import WrappedKey, new_keys, next_epoch, open_keys, record_epoch, wrap_again
from backups.vault.root_keys import (
    HeldRootKeys,
    new_root_key,
    root_keys_from_environment,
    root_keys_from_file,
    root_keys_from_text,
)

PACK = fixed_bytes("a pack", 16)


def test_acmes_record_gives_the_same_keys_back():
    keys, record = new_keys(ACME, ROOT)

    opened = open_keys(ACME, [record], ROOT)

    assert opened == keys
    assert opened.id_key == keys.id_key
    assert record_epoch(record) == (1, ROOT.name)
    assert keys.identity not in record
    assert keys.masters[1] not in record


def test_keys_do_not_show_themselves_in_logs():
    keys = acme_keys()

    assert keys.identity.hex() not in repr(keys)
    assert str(keys.masters) not in repr(keys)


def test_every_derived_key_is_its_own():
    keys = acme_keys()

    derived = {keys.id_key, keys.object_key, keys.tombstone_key, keys.commit_key, keys.identity, keys.masters[1]}

    assert len(derived) == 6
    assert 0 <= keys.chunk_seed < 2**63


def test_another_root_key_opens_nothing_and_is_named():
    _, record = new_keys(ACME, ROOT)
    stranger = HeldRootKeys([sealing.new_key()])

    with pytest.raises(KeyMissing) as problem:
        open_keys(ACME, [record], stranger)

    assert problem.value.key == ROOT.name.hex()


@pytest.mark.parametrize("at", [20, 22, 32, 60, -1])
def test_an_altered_record_is_refused(at):
    _, record = new_keys(ACME, ROOT)
    altered = bytearray(record)
    altered[at] ^= 1

    with pytest.raises(KeyProblem):
        open_keys(ACME, [bytes(altered)], ROOT)


def test_bolts_record_does_not_pass_for_acmes():
    _, record = new_keys(BOLT, ROOT)

    with pytest.raises(Swapped):
        open_keys(ACME, [record], ROOT)
    with pytest.raises(WrongKey):
        open_keys(ACME, [record[:4] + ACME.bytes + record[20:]], ROOT)


def test_no_record_is_a_missing_key_that_says_what_to_do():
    with pytest.raises(KeyMissing, match="keys/ folder"):
        open_keys(ACME, [], ROOT)


def test_a_new_epoch_wraps_and_the_old_one_still_opens():
    first, record_1 = new_keys(ACME, ROOT)
    wrapped = first.wrap_pack_key(PACK, b"k" * 32)

    second, record_2 = next_epoch(first, ROOT)
    opened = open_keys(ACME, [record_2, record_1], ROOT)

    assert opened.epoch == second.epoch == 2
    assert opened == second
    assert opened.unwrap_pack_key(PACK, wrapped) == b"k" * 32
    assert opened.wrap_pack_key(PACK, b"k" * 32).epoch == 2
    assert opened.id_key == first.id_key
    opened.verify(1, first.sign(b"word"), b"word")


def test_without_the_record_of_a_retired_epoch_its_packs_say_so():
    first, _ = new_keys(ACME, ROOT)
    wrapped = first.wrap_pack_key(PACK, b"k" * 32)
    _, record_2 = next_epoch(first, ROOT)

    opened = open_keys(ACME, [record_2], ROOT)

    with pytest.raises(KeyRetired):
        opened.unwrap_pack_key(PACK, wrapped)
    with pytest.raises(KeyMissing):
        opened.unwrap_pack_key(PACK, WrappedKey(3, wrapped.wrapped))
    opened.verify(1, first.sign(b"word"), b"word")


def test_a_packs_key_opens_for_that_pack_only():
    keys = acme_keys()
    wrapped = keys.wrap_pack_key(PACK, b"k" * 32)

    with pytest.raises(WrongKey):
        keys.unwrap_pack_key(fixed_bytes("another pack", 16), wrapped)


def test_a_root_key_is_replaced_by_putting_a_new_one_in_front():
    old, new = sealing.new_key(), sealing.new_key()
    keys, record = new_keys(ACME, HeldRootKeys([old]))

    again = wrap_again(ACME, record, HeldRootKeys([new, old]))

    assert open_keys(ACME, [again], HeldRootKeys([new])) == keys
    with pytest.raises(KeyMissing):
        open_keys(ACME, [record], HeldRootKeys([new]))


def test_a_signature_counts_for_its_words_and_its_organization_only():
    keys = acme_keys()
    signature = keys.sign(b"word")

    keys.verify(1, signature, b"word")

    for wrong in (lambda: keys.verify(1, signature, b"sword"), lambda: keys.verify(2, signature, b"word"),
                  lambda: acme_keys().verify(1, signature, b"word")):  # fmt: skip
        with pytest.raises(CommitDamaged):
            wrong()


def test_root_keys_come_from_a_file_or_the_environment(tmp_path, monkeypatch):
    first, second = new_root_key(), new_root_key()
    path = tmp_path / "root.key"
    path.write_text(f"# made by Ada\n{first}  # wraps\n{second}\n")
    monkeypatch.setenv("VAULT_ROOT_KEYS", f"{first},{second}")

    from_file, from_environment = root_keys_from_file(path), root_keys_from_environment()

    assert from_file.name == from_environment.name == root_keys_from_text(first, source="a test").name


@pytest.mark.parametrize("text", ["", "short", "ÄÖÜ", "A" * 43, f"{43 * 'A'}= {43 * 'B'}="])
def test_what_is_no_root_key_is_refused_without_repeating_it(text):
    with pytest.raises(KeyProblem) as problem:
        root_keys_from_text(text, source="VAULT_ROOT_KEYS")

    assert "VAULT_ROOT_KEYS" in str(problem.value)
    assert not text or text not in str(problem.value)


def test_a_missing_key_file_or_variable_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("VAULT_ROOT_KEYS", raising=False)

    with pytest.raises(KeyMissing, match="root.key"):
        root_keys_from_file(tmp_path / "root.key")
    with pytest.raises(KeyMissing, match="VAULT_ROOT_KEYS"):
        root_keys_from_environment()
