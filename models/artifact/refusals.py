"""What an artifact on disk is refused for: one class a reason, each with its code and what to do about it."""

from ...errors import AssayError

__all__ = [
    "ArtifactCardChanged",
    "ArtifactCardMissing",
    "ArtifactCardPinned",
    "ArtifactError",
    "ArtifactExists",
    "ArtifactExternalData",
    "ArtifactFileChanged",
    "ArtifactFileMissing",
    "ArtifactFileUnlisted",
    "ArtifactFormatRefused",
    "ArtifactGraphMalformed",
    "ArtifactNotFile",
    "ArtifactPickle",
    "ArtifactRoleUnclear",
    "ArtifactSymlink",
    "ArtifactTensorsMalformed",
    "ArtifactTensorsOversized",
]


class ArtifactError(AssayError):
    """An artifact is refused; nothing of it was used."""

    code = "artifact"


class ArtifactCardMissing(ArtifactError):
    """The folder is absent or holds no card.json."""

    code = "artifact-card-missing"


class ArtifactCardPinned(ArtifactError):
    """card.json is not the one whose sha256 the caller pinned."""

    code = "artifact-card-pinned"


class ArtifactCardChanged(ArtifactError):
    """card.json is not the one that card.sha256 was written for."""

    code = "artifact-card-changed"


class ArtifactFileMissing(ArtifactError):
    """A file that the card lists is absent."""

    code = "artifact-file-missing"


class ArtifactFileUnlisted(ArtifactError):
    """The folder holds a file or folder, hidden ones included, that the card does not list."""

    code = "artifact-file-unlisted"


class ArtifactFileChanged(ArtifactError):
    """A file's size or sha256 is not the one in the card."""

    code = "artifact-file-changed"


class ArtifactSymlink(ArtifactError):
    """A file of the artifact is a symbolic link, so its bytes could lie anywhere."""

    code = "artifact-symlink"


class ArtifactNotFile(ArtifactError):
    """A listed name is a folder, device, pipe or socket."""

    code = "artifact-not-file"


class ArtifactPickle(ArtifactError):
    """A file is a pickle, or of a format that carries one: loading such a file can run any program."""

    code = "artifact-pickle"


class ArtifactFormatRefused(ArtifactError):
    """A file is of no format that an artifact may hold, or its bytes are not what its name says."""

    code = "artifact-format-refused"


class ArtifactTensorsOversized(ArtifactError):
    """The header of a safetensors file claims more bytes than the file has or than is allowed."""

    code = "artifact-tensors-oversized"


class ArtifactTensorsMalformed(ArtifactError):
    """The header of a safetensors file is no valid one: JSON, types, shapes or offsets."""

    code = "artifact-tensors-malformed"


class ArtifactGraphMalformed(ArtifactError):
    """An ONNX file is not a readable protobuf message within the limits."""

    code = "artifact-graph-malformed"


class ArtifactExternalData(ArtifactError):
    """An ONNX file points at weights in other files, which could lie anywhere."""

    code = "artifact-external-data"


class ArtifactRoleUnclear(ArtifactError):
    """No file, or more than one, has the name or role asked for."""

    code = "artifact-role-unclear"


class ArtifactExists(ArtifactError):
    """Another artifact lies where one is to be written."""

    code = "artifact-exists"
