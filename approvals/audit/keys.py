"""The Ed25519 key that signs seals, and the keys whose seals are trusted."""

from __future__ import annotations

import hashlib
from functools import cache

from Crypto.PublicKey import ECC
from Crypto.Signature import eddsa
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

MIN_LENGTH = 32


def public_key() -> str:
    """In hexadecimal, as seals name it."""
    return _private().public_key().export_key(format="raw").hex()


def sign(text: str) -> str:
    return eddsa.new(_private(), "rfc8032").sign(text.encode()).hex()


def is_signed(text: str, *, signature: str, key: str) -> bool:
    try:
        signer = eddsa.import_public_key(bytes.fromhex(key))
        eddsa.new(signer, "rfc8032").verify(text.encode(), bytes.fromhex(signature))
    except ValueError:
        return False
    return True


def trusted_keys() -> frozenset[str]:
    """Our own and those of former times. The key that a seal names says nothing by itself."""
    return frozenset({public_key(), *(key.lower() for key in settings.LANGVEL_AUDIT_TRUSTED_KEYS)})


def _private() -> ECC.EccKey:
    return _derived(settings.LANGVEL_AUDIT_KEY)


@cache
def _derived(secret: str) -> ECC.EccKey:
    if len(secret) < MIN_LENGTH:
        raise ImproperlyConfigured(
            f"LANGVEL_AUDIT_KEY must have at least {MIN_LENGTH} characters, for example those of: "
            'python -c "import secrets; print(secrets.token_urlsafe(50))"'
        )
    return ECC.construct(curve="Ed25519", seed=hashlib.sha256(secret.encode()).digest())
