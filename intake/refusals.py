"""Why an exhibit could not be assayed: one error class per reason, each with its stable code.

A refusal never stops a batch. It becomes the coded reason of that exhibit's verdict, and the rest goes on.
"""

from ..errors import AssayError

__all__ = [
    "ChangedWhileReading",
    "DamagedExhibit",
    "DecoderCrashed",
    "DecoderMemory",
    "DecoderMisbehaved",
    "DecoderTimeout",
    "EmptyExhibit",
    "EmptyFolder",
    "ExhibitNotFound",
    "ExhibitRefused",
    "FolderTooDeep",
    "FolderTooLarge",
    "NoVideoStream",
    "NotAFile",
    "TextNotMedia",
    "TooManyBytes",
    "TooManyPixels",
    "TruncatedExhibit",
    "UnknownMediaType",
    "UnreadableExhibit",
    "refusal",
]


class ExhibitRefused(AssayError):
    """Root of the refusals: this exhibit gets a coded reason instead of findings."""

    code = "exhibit-refused"


class ExhibitNotFound(ExhibitRefused):
    """Nothing is at that path, or a link points to nothing."""

    code = "not-found"


class NotAFile(ExhibitRefused):
    """A pipe, a socket or a device: only regular files can be exhibits."""

    code = "not-a-file"


class UnreadableExhibit(ExhibitRefused):
    """The operating system refused to open or to read the file."""

    code = "unreadable"


class EmptyExhibit(ExhibitRefused):
    """The file holds no byte."""

    code = "empty-file"


class TooManyBytes(ExhibitRefused):
    """The file is larger than the limit ``file_bytes``."""

    code = "too-many-bytes"


class ChangedWhileReading(ExhibitRefused):
    """The bytes that were decoded are not the bytes that were hashed."""

    code = "changed-while-reading"


class TextNotMedia(ExhibitRefused):
    """The content is text, whatever the file is called."""

    code = "text-not-media"


class UnknownMediaType(ExhibitRefused):
    """The first bytes are of no picture or video format that Assay knows."""

    code = "unknown-media-type"


class EmptyFolder(ExhibitRefused):
    """A folder was given that holds no file."""

    code = "empty-folder"


class FolderTooDeep(ExhibitRefused):
    """A folder is nested deeper than the limit ``folder_depth``."""

    code = "folder-too-deep"


class FolderTooLarge(ExhibitRefused):
    """A folder holds more files than the limit ``folder_entries``."""

    code = "folder-too-large"


class TooManyPixels(ExhibitRefused):
    """The header claims more pixels than the limit ``pixels``; nothing was decoded."""

    code = "too-many-pixels"


class TruncatedExhibit(ExhibitRefused):
    """The picture ends before its last line."""

    code = "truncated"


class DamagedExhibit(ExhibitRefused):
    """The content begins like a picture but cannot be decoded."""

    code = "damaged"


class NoVideoStream(ExhibitRefused):
    """The file is of a video format but holds no moving pictures that can be decoded here."""

    code = "no-video-stream"


class DecoderMemory(ExhibitRefused):
    """Decoding needed more memory than the limit ``child_memory_bytes``."""

    code = "decoder-memory"


class DecoderTimeout(ExhibitRefused):
    """Decoding took longer than the limits ``child_wall_seconds`` or ``child_cpu_seconds``."""

    code = "decoder-timeout"


class DecoderCrashed(ExhibitRefused):
    """The bounded child process died while it worked on this exhibit."""

    code = "decoder-crashed"


class DecoderMisbehaved(ExhibitRefused):
    """The bounded child process sent something that is not a well-formed reply."""

    code = "decoder-misbehaved"


# What code inside the child may report by itself; everything else is decided by the parent.
_FROM_CHILD: dict[str, type[ExhibitRefused]] = {
    kind.code: kind
    for kind in (
        TooManyPixels,
        TruncatedExhibit,
        DamagedExhibit,
        DecoderMemory,
        NoVideoStream,
        UnknownMediaType,
        ChangedWhileReading,
    )
}


def refusal(code: str, words: str) -> ExhibitRefused:
    """The refusal that a child reported, as an error of the parent.

    Parameters
    ----------
    code : str
        Code sent by the child, which is not trusted: an unknown one becomes ``decoder-misbehaved``.
    words : str
        Message sent by the child; cut to 500 printable characters.
    """
    kind = _FROM_CHILD.get(code, DecoderMisbehaved)
    clean = "".join(c if c.isprintable() else " " for c in words[:500])
    return kind(clean)
