#!/usr/bin/env python3
"""Verifies an export of the audit of Langvel Approvals, with nothing but Python 3.9 or newer.

    python3 verify.py [EXPORT.zip or its folder] [--key PUBLIC_KEY] …

Without --key the keys in public_keys.txt are believed. Whoever forged the export could have put
theirs there: ask the site's operators for the real ones (`manage.py verify_audit` prints them).
"""

import argparse
import hashlib
import json
import sys
import zipfile
from pathlib import Path

# Ed25519, after the reference code of RFC 8032, 6. Verifying only, so nothing here is secret.

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def add(one, two):
    a, b = (one[1] - one[0]) * (two[1] - two[0]) % P, (one[1] + one[0]) * (two[1] + two[0]) % P
    c, d = 2 * one[3] * two[3] * D % P, 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(number, point):
    product = (0, 1, 1, 0)
    while number:
        if number & 1:
            product = add(product, point)
        point = add(point, point)
        number >>= 1
    return product


def is_same(one, two):
    across, up = one[0] * two[2] - two[0] * one[2], one[1] * two[2] - two[1] * one[2]
    return across % P == 0 and up % P == 0


def x_of(y, sign):
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    return x if (x & 1) == sign else P - x


def point_of(data):
    number = int.from_bytes(data, "little")
    y = number & ((1 << 255) - 1)
    x = x_of(y, number >> 255)
    return None if x is None else (x, y, 1, x * y % P)


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = (x_of(BASE_Y, 0), BASE_Y, 1, x_of(BASE_Y, 0) * BASE_Y % P)


def is_signed(text, signature, key):
    """Whether the owner of an Ed25519 key signed these bytes."""
    if len(key) != 32 or len(signature) != 64:
        return False
    owner, nonce = point_of(key), point_of(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if owner is None or nonce is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % L
    return is_same(multiply(s, BASE), add(nonce, multiply(h, owner)))


# What is in an export, and how it fits together.


def sha256(data):
    return hashlib.sha256(data).digest()


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def hash_of(entry):
    names = ("v", "run", "seq", "interrupt", "actor", "action", "at", "facts", "commitment", "prev")
    return sha256(canonical({name: entry[name] for name in names}).encode()).hex()


def commitment_of(entry):
    return sha256(f"{entry['salt']}\n{canonical(entry['personal'])}".encode()).hex()


def root_of(entry, place, count):
    """Climb from a leaf to the root of the Merkle tree over `count` leaves (RFC 6962)."""
    node, steps = sha256(b"\0" + bytes.fromhex(entry["hash"])), list(entry["path"])
    while count > 1:
        if place % 2:
            node = sha256(b"\1" + bytes.fromhex(steps.pop(0)) + node)
        elif place + 1 < count:
            node = sha256(b"\1" + node + bytes.fromhex(steps.pop(0)))
        place, count = place // 2, (count + 1) // 2
    return node.hex()


def is_in(number, ranges):
    return any(first <= number <= last for first, last in ranges)


class Export:
    """Goes through an export and collects what does not fit."""

    def __init__(self, read, keys):
        self.read = read
        self.manifest = json.loads("".join(read("manifest.json")))
        self.keys = keys or [line.strip() for line in read("public_keys.txt") if line.strip()]
        self.is_complete = self.manifest["complete"]
        self.seals, self.seen, self.heads, self.problems = {}, {}, {}, []
        self.entries = self.unsealed = 0
        self.erased, self.announced = [], []

    def verify(self):
        for line in self.read("seals.ndjson"):
            self.seal(json.loads(line))
        for line in self.read("entries.ndjson"):
            self.entry(json.loads(line))
        if self.is_complete:
            self.completeness()

    def seal(self, line):
        text, said = line["statement"].encode(), json.loads(line["statement"])
        name = f"seal {said['seal']}"
        key, signature = bytes.fromhex(said["key"]), bytes.fromhex(line["signature"])
        self.expect(said["key"] in self.keys, f"{name}: its key is not one of those believed")
        self.expect(is_signed(text, signature, key), f"{name}: the signature does not fit")
        self.expect(canonical(said) == line["statement"], f"{name}: is not in canonical form")
        if self.is_complete:
            before = self.seals.get(said["seal"] - 1)
            follows = said["prev"] == before["hash"] if before else said["seal"] == 1
            self.expect(follows, f"{name}: does not follow the seal before it")
        self.seals[said["seal"]] = dict(said, hash=sha256(text).hex())

    def entry(self, entry):
        name = f"entry {entry['id']}"
        self.entries += 1
        self.expect(hash_of(entry) == entry["hash"], f"{name}: has changed")
        if entry["personal"] is not None:
            self.expect(commitment_of(entry) == entry["commitment"], f"{name}: words have changed")
        elif entry["commitment"]:
            self.erased.append(entry["id"])
        if entry["action"] == "audit.erased":
            self.announced += entry["facts"]["entries"]
        self.chain(entry, name)
        self.proof(entry, name)

    def chain(self, entry, name):
        """Whole chains are exported when nothing was left out but other runs."""
        is_whole = self.is_complete or set(self.manifest["filters"]) == {"run"}
        seq, head = self.heads.get(entry["run"], (0, ""))
        if is_whole or seq == entry["seq"] - 1:
            follows = (seq + 1, head) == (entry["seq"], entry["prev"])
            self.expect(follows, f"{name}: does not follow the entry before it")
        self.heads[entry["run"]] = (entry["seq"], entry["hash"])

    def proof(self, entry, name):
        seal = self.seals.get(entry["seal"])
        if entry["seal"] is None:
            self.unsealed += 1
        elif seal is None or not is_in(entry["id"], seal["entries"]):
            self.problems.append(f"{name}: its seal does not cover it")
        else:
            before = (min(last, entry["id"] - 1) - first + 1 for first, last in seal["entries"])
            place = sum(count for count in before if count > 0)
            fits = root_of(entry, place, seal["count"]) == seal["root"]
            self.expect(fits, f"{name}: is not the one that was sealed")
            self.seen.setdefault(entry["seal"], set()).add(entry["id"])

    def completeness(self):
        for number, seal in self.seals.items():
            seen = self.seen.get(number, set())
            for first, last in seal["entries"]:
                for entry in range(first, last + 1):
                    self.expect(entry in seen, f"entry {entry}: is missing")
        for entry in self.erased:
            self.expect(
                is_in(entry, self.announced), f"entry {entry}: erased, nothing says by whom"
            )

    def expect(self, holds, otherwise):
        if not holds:
            self.problems.append(otherwise)


def reader(path):
    """Gives the lines of a file of the export, which is a folder or a zip archive."""
    if path.is_dir():
        return lambda name: (path / name).open(encoding="utf-8")
    archive = zipfile.ZipFile(path)
    return lambda name: (line.decode() for line in archive.open(name))


def told(export):
    yield f"{export.entries} entries, {len(export.seals)} seals. Keys believed:"
    yield from export.keys
    yield f"{export.unsealed} entries wait for a seal, {len(export.erased)} are erased."
    yield from (f"- {problem}" for problem in export.problems[:50])
    yield f"{len(export.problems)} problems." if export.problems else "Everything fits."


def main():
    parser = argparse.ArgumentParser(description="Verify an export of the audit.")
    parser.add_argument("export", nargs="?", default=Path(__file__).parent, type=Path)
    parser.add_argument("--key", action="append", default=[], help="a public key to believe")
    options = parser.parse_args()
    export = Export(reader(options.export), options.key)
    try:
        export.verify()
    except (KeyError, TypeError, ValueError, IndexError) as error:
        export.problems.append(f"The export cannot be read: {error!r}")
    sys.stdout.write("\n".join(told(export)) + "\n")
    return 1 if export.problems else 0


if __name__ == "__main__":
    sys.exit(main())
