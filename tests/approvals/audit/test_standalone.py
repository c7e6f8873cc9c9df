"""The program that comes with an export, alone: Ed25519 as RFC 8032 has it."""

from __future__ import annotations

import ast
import sys

import pytest

from approvals.audit import keys
from approvals.audit.export import VERIFIER
from approvals.audit.standalone import verify

# RFC 8032, 7.1: public key, message, signature.
VECTORS = {
    "1": (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b4"
        "6bd25bf5f0595bbe24655141438e7a100b",
    ),
    "2": (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8"
        "c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    "3": (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc65"
        "94a7c15e9716ed28dc027beceea1ec40a",
    ),
    "SHA(abc)": (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feeb"
        "bd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e030"
        "3dca179c138ac17ad9bef1177331a704",
    ),
}


def hexed(vector: tuple[str, str, str]) -> tuple[bytes, bytes, bytes]:
    key, message, signature = (bytes.fromhex(part) for part in vector)
    return message, signature, key


@pytest.mark.parametrize("name", VECTORS)
def test_the_vectors_of_the_rfc_hold(name: str) -> None:
    assert verify.is_signed(*hexed(VECTORS[name]))


@pytest.mark.parametrize("name", VECTORS)
@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_vector_with_one_bit_changed_does_not(name: str, part: int) -> None:
    parts = [bytearray(one) for one in hexed(VECTORS[name])]
    parts[part] = parts[part] or bytearray(b"\0")
    parts[part][0] ^= 1

    assert not verify.is_signed(*(bytes(one) for one in parts))


def test_a_signature_is_not_accepted_in_a_second_form() -> None:
    """S and S + L sign the same; only the smaller one is valid (RFC 8032, 5.1.7)."""
    message, signature, key = hexed(VECTORS["1"])
    s = int.from_bytes(signature[32:], "little") + verify.L

    assert not verify.is_signed(message, signature[:32] + s.to_bytes(32, "little"), key)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_key_of_another_length_signs_nothing(length: int) -> None:
    message, signature, key = hexed(VECTORS["1"])

    assert not verify.is_signed(message, signature, (key + b"\0")[:length])


def test_what_the_site_signs_is_signed() -> None:
    text = '{"seal":1}'

    signature, key = bytes.fromhex(keys.sign(text)), bytes.fromhex(keys.public_key())
    assert verify.is_signed(text.encode(), signature, key)


def test_it_needs_nothing_but_the_standard_library() -> None:
    tree = ast.parse(VERIFIER.read_text())
    imported = {
        alias.name if isinstance(node, ast.Import) else str(node.module)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }

    assert imported <= sys.stdlib_module_names
