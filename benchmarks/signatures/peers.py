"""Other ways to group lines: drain3, and Assay's masks with the kind of each variable left in."""

from collections.abc import Sequence

import polars as pl

from assay.triage.records import templates

# What most drain3 set-ups mask before the tree: addresses, hexadecimal and decimal numbers.
_USUAL = (
    (r"((?<=[^A-Za-z0-9])|^)(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})((?=[^A-Za-z0-9])|$)", "IP"),
    (r"((?<=[^A-Za-z0-9])|^)(0x[a-fA-F0-9]+)((?=[^A-Za-z0-9])|$)", "HEX"),
    (r"((?<=[^A-Za-z0-9])|^)([\-\+]?\d+)((?=[^A-Za-z0-9])|$)", "NUM"),
)


def drain(messages: Sequence[str], masked: bool = False) -> list[int]:
    """Cluster of each message, drain3 with its default settings, with usual masks if asked."""
    from drain3 import TemplateMiner
    from drain3.masking import MaskingInstruction
    from drain3.template_miner_config import TemplateMinerConfig

    config = TemplateMinerConfig()
    if masked:
        config.masking_instructions = [MaskingInstruction(*usual) for usual in _USUAL]
    miner = TemplateMiner(config=config)
    return [miner.add_log_message(message)["cluster_id"] for message in messages]


def typed(messages: Sequence[str]) -> pl.Series:
    """Signatures with a placeholder for each kind (`<ip>`, `<path>`): one pass a kind."""
    text = pl.col("message").str.slice(0, 300).str.replace_all(templates._USER, "${1}<user>")
    kinds = [*templates._SHAPES, "number", "user"]
    for kind, pattern in templates._SHAPES.items():
        text = text.str.replace_all(templates._written(pattern), f"<{kind}>")
    text = text.str.replace_all(templates._written(templates._NUMBER), "<number>")
    for kind in kinds:
        text = text.str.replace_all(templates._written(templates._RUN.format(kind)), f"<{kind}>")
    return pl.DataFrame({"message": messages}).select(text.str.strip_chars()).to_series()
