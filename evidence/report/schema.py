"""The JSON schemas of ``report.json`` and of its parts; ``docs/schema/`` holds them and a test compares.

python -m assay.evidence.report.schema docs/schema
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

from .model import Document, Part
from .model.sheet import Sheet

__all__ = ["SCHEMAS", "schema", "text"]

SCHEMAS: Final[dict[str, type[Sheet]]] = {"report.json": Document, "report-part.json": Part}
"""File name to what it is the schema of."""


def schema(name: str) -> dict[str, Any]:
    """The schema of that file, JSON Schema 2020-12."""
    made = SCHEMAS[name].model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"assay:{name}", **made}


def text(name: str) -> str:
    """The same as the file that is committed."""
    return json.dumps(schema(name), indent=2, ensure_ascii=False) + "\n"


def main(folder: Path) -> None:
    """Write both."""
    for name in SCHEMAS:
        (folder / name).write_text(text(name), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
