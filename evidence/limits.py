"""Every limit on what is sealed and on what a sealed folder may cost whoever checks it."""

from dataclasses import dataclass

__all__ = ["DEFAULT", "EvidenceLimits"]

_KIB = 1024


@dataclass(frozen=True, slots=True)
class EvidenceLimits:
    """The most that one sealed folder may cost; whoever made it may be an opponent.

    Attributes
    ----------
    file_block_bytes : int
        A file up to this size is named as a whole when it is wrong; a longer one by blocks of this size.
    manifest_block_bytes : int
        The same of the manifest itself.
    blocks : int
        Most blocks of one file: of a longer file each block is twice as long, or four times, and so on.
    manifest_line_bytes : int
        Longest line of a manifest, and longest checkpoint: a file of the most blocks fits.
    entry_bytes : int
        Longest entry of a custody log.
    tail_bytes : int
        How far back the last whole entry of a custody log is looked for when an append was cut.
    seal_depth : int
        Deepest nesting of folders that is sealed.
    wrong : int
        Most faults that are told of one folder; the rest is counted.
    signing_key_bytes : int
        Largest file of a signing key, a public key or a passphrase.
    stamp_bytes : int
        Largest time stamp.
    stamp_seconds : int
        How long a stamp server may take to answer.
    """

    file_block_bytes: int = 64 * _KIB
    manifest_block_bytes: int = 4 * _KIB
    blocks: int = 32_768
    manifest_line_bytes: int = 4096 * _KIB
    entry_bytes: int = 1024 * _KIB
    tail_bytes: int = 8192 * _KIB
    seal_depth: int = 128
    wrong: int = 10_000
    signing_key_bytes: int = 16 * _KIB
    stamp_bytes: int = 256 * _KIB
    stamp_seconds: int = 30


DEFAULT = EvidenceLimits()
