"""Pseudonyms: one for each customer however written, none without the key, the newest key counts."""

import hashlib
import hmac

import pytest

from stream.adapters.pseudonym import Pseudonyms, normal, pseudonyms
from stream.errors import BadSettings

pytestmark = pytest.mark.pure

KEY = bytes(range(32))


@pytest.mark.parametrize(
    ("written", "spelling"),
    [
        *(
            (text, "+4915112345678")
            for text in ("+49 151 12345678", "0049-151-12345678", "tel:+49(0)151/12345678")
        ),
        ("  Ann.Smith@Mail.Example ", "ann.smith@mail.example"),
        ("mailto:a@b.io", "a@b.io"),
        ("0151 12345678", "015112345678"),
        ("Customer 9664491", "customer 9664491"),
        ("9664491", "9664491"),
    ],
)
def test_a_customer_is_spelt_in_one_way(written: str, spelling: str) -> None:
    assert normal(written) == spelling


def test_a_pseudonym_is_a_keyed_digest_behind_the_name_of_its_key() -> None:
    whole = hmac.new(KEY, b"+4915112345678", hashlib.sha256).hexdigest()
    assert Pseudonyms({2: KEY}).of("+49 151 12345678") == f"k2:{whole[:32]}"


def test_the_newest_key_is_used() -> None:
    found = pseudonyms(f"# ours\nk2 {KEY.hex()}\nk10 {KEY[::-1].hex()}\n\nk1 {KEY.hex()}\n", "keys")
    assert found.of("a") == Pseudonyms({10: KEY[::-1]}).of("a")
    assert found.of("a") != Pseudonyms({2: KEY}).of("a")


@pytest.mark.parametrize(
    "text",
    ["", "# none", "k1", f"k1 {KEY.hex()[2:]}", f"1 {KEY.hex()}", f"k1 {KEY.hex()}\nk1 {KEY.hex()}", "k1 zz"],
)
def test_a_file_without_sound_keys_is_refused_and_no_key_is_told(text: str) -> None:
    with pytest.raises(BadSettings) as bad:
        pseudonyms(text, "keys")
    assert KEY.hex()[2:] not in str(bad.value)
    assert str(bad.value).startswith("keys")
