"""A form with one file, read while it comes: the file goes straight to where it is kept."""

from collections.abc import Callable
from typing import Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from ..limits import DEFAULT
from ..refusals import UploadMalformed

__all__ = ["ONE_FILE", "Form"]

ONE_FILE: Final = {
    "type": "object",
    "required": ["file"],
    "properties": {"file": {"type": "string", "format": "binary"}},
    # Other fields are passed over.
    "additionalProperties": {"type": "string"},
    "propertyNames": {"maxLength": 100},
    "maxProperties": DEFAULT.form_parts,
}
"""How the description of the API tells such a form."""

_HINT: Final = "Send one file: curl -F file=@photo.jpg URL"


class Form:
    """Reads ``multipart/form-data`` with exactly one part that has a file name.

    Parameters
    ----------
    content_type : str
        Of the request, with its boundary.
    write
        Takes the bytes of the file.
    fields : dict, optional
        Takes the other parts, each cut to what a name may have; without it they are dropped.
    """

    def __init__(
        self, content_type: str, write: Callable[[bytes], None], fields: dict[str, str] | None = None
    ) -> None:
        _, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if not boundary:
            raise UploadMalformed(f"the form has no boundary. {_HINT}")
        self.name: str | None = None
        self._write = write
        self._fields, self._called = fields, ""
        self._content = bytearray()
        self._parts = 0
        self._headers: dict[str, str] = {}
        self._field, self._value = bytearray(), bytearray()
        self._in_file = self._ended = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._add_field,
                    "on_header_value": self._add_value,
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._end_headers,
                    "on_part_data": self._data,
                    "on_part_end": self._end_part,
                    "on_end": self._end,
                },
                max_header_count=DEFAULT.part_headers,
                max_header_size=DEFAULT.part_header_bytes,
            )
        except FormParserError as error:
            raise UploadMalformed(f"{error}. {_HINT}") from None

    def feed(self, data: bytes) -> None:
        """Read on.

        Raises
        ------
        UploadMalformed
            It is no form, or has more parts or headers than the limits allow.
        """
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise UploadMalformed(f"{error}. {_HINT}") from None

    def finish(self) -> str:
        """The name of the file, when the form is whole.

        Raises
        ------
        UploadMalformed
            It ends early, or holds no file.
        """
        if not self._ended:
            raise UploadMalformed("the form ends before its last boundary: it was cut on its way")
        if self.name is None:
            raise UploadMalformed(f"the form holds no file. {_HINT}")
        return self.name

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > DEFAULT.form_parts:
            raise UploadMalformed(f"the form has more than {DEFAULT.form_parts} parts. {_HINT}")
        self._headers, self._in_file = {}, False
        self._called = ""
        self._content.clear()

    def _add_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _add_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        self._headers[self._field.decode("latin-1").lower()] = self._value.decode("latin-1")
        self._field.clear()
        self._value.clear()

    def _end_headers(self) -> None:
        _, options = parse_options_header(self._headers.get("content-disposition", ""))
        if b"filename" not in options:
            self._called = options.get(b"name", b"").decode("utf-8", "replace")
            return
        if self.name is not None:
            raise UploadMalformed(f"the form holds more than one file. {_HINT}")
        self.name = options[b"filename"].decode("utf-8", "replace")
        self._in_file = True

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self._write(data[start:end])
        elif self._fields is not None:
            self._content += data[start : min(end, start + DEFAULT.title_chars - len(self._content))]

    def _end_part(self) -> None:
        if self._fields is not None and self._called:
            self._fields[self._called] = self._content.decode("utf-8", "replace")
        self._in_file = False

    def _end(self) -> None:
        self._ended = True
