"""Secrets at rest."""

import pytest

from sealing import CannotUnseal, is_sealing_key, new_key, seal, unseal


def test_what_is_sealed_opens_again_and_looks_like_nothing():
    sealed = seal("JBSWY3DP — ключ", purpose="seed")

    assert "JBSWY3DP" not in sealed
    assert unseal(sealed, purpose="seed") == "JBSWY3DP — ключ"
    assert seal("x", purpose="seed") != seal("x", purpose="seed")


def test_it_opens_for_its_own_purpose_only():
    with pytest.raises(CannotUnseal):
        unseal(seal("x", purpose="seed"), purpose="mail")


@pytest.mark.parametrize("spoil", [lambda s: s[:-2] + "AA", lambda s: s[:-1], lambda s: "", lambda s: "ü"])
def test_an_altered_one_is_refused(spoil):
    with pytest.raises(CannotUnseal):
        unseal(spoil(seal("x", purpose="seed")), purpose="seed")


def test_keys_are_rotated_by_putting_a_new_one_in_front(settings):
    old = settings.SEALING_KEYS[0]
    sealed = seal("x", purpose="seed")
    settings.SEALING_KEYS = [new_key(), old]
    fresh = seal("y", purpose="seed")
    settings.SEALING_KEYS = [settings.SEALING_KEYS[0]]

    assert unseal(fresh, purpose="seed") == "y"
    with pytest.raises(CannotUnseal):
        unseal(sealed, purpose="seed")


def test_keys_are_told_from_other_words():
    assert is_sealing_key(new_key())
    assert not is_sealing_key("short")
    assert not is_sealing_key("ü")
