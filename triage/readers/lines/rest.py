"""Lines that do not have the structure of their file: only their text is used."""

import polars as pl

from ..contract import Intake
from ..syslog import complete_templates


def as_text(lines: pl.DataFrame, intake: Intake) -> pl.DataFrame:
    """Frame of lines (`line`, `text`) as messages with masked signatures; they are counted."""
    intake.ledger.repair("read-as-text", lines.height)
    frame = lines.select(
        "line",
        pl.col("text").str.slice(0, intake.limits.value_chars).alias("message"),
        pl.lit(None, dtype=pl.String).alias("template"),
        pl.lit("text").alias("raw_kind"),
    )
    return frame.with_columns(complete_templates(frame))


def together(frame: pl.DataFrame, others: pl.DataFrame, intake: Intake) -> pl.DataFrame:
    """Records of a block with its lines of another structure (`line`, `text`) among them, in order."""
    if others.is_empty():
        return frame
    text = as_text(others, intake)
    return text if frame.is_empty() else pl.concat([frame, text], how="diagonal").sort("line")
