"""A letter to whoever is given a sealed folder, and has neither Assay nor its pages."""

from typing import Final

__all__ = ["LETTER", "NAME"]

NAME: Final = "READ-ME.txt"

LETTER: Final = r"""This folder was sealed by Assay. What lies here says whether anything in it was changed since.

With Assay, offline:

    assay evidence verify FOLDER --key FINGERPRINT

FINGERPRINT is that of the signer's key. Get it from the signer by another way than this folder: whoever changes
the folder can seal it again with a key of their own, and only the fingerprint tells.

Without Assay, in the folder above this one, with OpenSSL 3, jq and the usual tools of Linux. The last seal counts; N is
the highest number that has a manifest.

1. The signer's fingerprint, and the signature over the checkpoint:

    N=$(ls assay-seal | sed -n 's/\.manifest\.jsonl$//p' | tail -n 1)
    openssl pkey -pubin -in assay-seal/$N.key.pem -outform DER | sha256sum
    openssl pkeyutl -verify -pubin -inkey assay-seal/$N.key.pem -rawin \
      -in assay-seal/$N.checkpoint.json -sigfile assay-seal/$N.signature

2. The checkpoint holds the hash of the manifest, the manifest that of every file (names with line breaks or
   backslashes, and those that are no UTF-8, one by one):

    jq -r --arg n $N '.manifest.sha256 + "  assay-seal/" + $n + ".manifest.jsonl"' \
      assay-seal/$N.checkpoint.json | sha256sum -c
    jq -r 'select(.kind == "file" and .path) | .sha256 + "  " + .path' \
      assay-seal/$N.manifest.jsonl | sha256sum -c --quiet

3. The custody log: who did what to which exhibit, when, with which artifacts. Each line holds the hash of its entry,
   and each entry the hash of the one before; the checkpoint holds the count of entries and the last hash.

    jq -jcSa -n 'input.entry' assay-seal/custody.jsonl | sha256sum
    jq -r -n 'input.hash' assay-seal/custody.jsonl
    jq -r -s --argjson c $(jq .count assay-seal/$N.checkpoint.json) '.[$c - 1].hash' assay-seal/custody.jsonl
    jq -r .head assay-seal/$N.checkpoint.json

The seal shows what was here when it was made, and by which key; not where the files came from. Its times are those of
the machine's clock, unless there is a time stamp (N.stamp.tsr, RFC 3161, of N.signature).
"""
