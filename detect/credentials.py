"""Content Credentials (C2PA) of an exhibit: read and verified in the bounded child, checked on arrival.

A state is what the C2PA specification calls it: *invalid* when a hash or a signature does not fit, *valid* when they
all do, *trusted* when the signer's certificate moreover leads to one that the user trusts. A signer is a claim until
then, and even a trusted one says who signed, not that what is shown happened.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..intake.child import Child
from ..intake.exhibit import Exhibit
from ..intake.refusals import DecoderMisbehaved, ExhibitRefused

__all__ = ["VERIFIER", "Action", "Credentials", "Failure", "Ingredient", "Manifest", "read_credentials"]

VERIFIER = "assay.detect.manifests:manifests"
"""The function that a child runs."""

State = Literal["absent", "remote", "unreadable", "invalid", "valid", "trusted"]
Text = Annotated[str, Field(max_length=300)]


class _Sheet(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Action(_Sheet):
    """Something that a manifest says was done: `action`, `software`, IPTC `source_type`, `when`; empty if not said."""

    action: Text
    software: Text
    source_type: Text
    when: Text


class Ingredient(_Sheet):
    """What the picture was made from: `title`, `relationship`, and the label of its own `manifest`, empty if none."""

    title: Text
    relationship: Text
    manifest: Text


class Failure(_Sheet):
    """A check that failed: the specification's `code`, and the verifier's `words`."""

    code: Text
    words: Text


class Manifest(_Sheet):
    """One manifest: who signed what was done.

    Attributes
    ----------
    label, title, generator : str
        Its name, the name of the asset, the program that wrote it.
    signer, issuer, algorithm, time : str
        Of the signature; `time` is empty when no time stamp came with it.
    actions, ingredients : list
        What was done, from what.
    """

    label: Text
    title: Text
    generator: Text
    signer: Text
    issuer: Text
    algorithm: Text
    time: Text
    actions: Annotated[list[Action], Field(max_length=32)]
    ingredients: Annotated[list[Ingredient], Field(max_length=32)]


class Credentials(_Sheet):
    """Content Credentials of one file.

    Attributes
    ----------
    state : str
        ``absent``; ``remote`` (they lie at an address, which is not asked); ``unreadable`` (there are some, which the
        verifier cannot read); ``invalid``, ``valid`` or ``trusted``.
    active : str
        Label of the manifest that speaks of this file.
    manifests : list of Manifest
        The active one first, then those of its ingredients.
    failures : list of Failure
        Checks that failed; an untrusted signer is among them without making the state invalid.
    remote : str
        Address of the manifest, for ``remote``.
    trouble : str
        What the verifier said, for ``unreadable``.
    """

    state: State
    active: Text = ""
    manifests: Annotated[list[Manifest], Field(max_length=32)] = []
    failures: Annotated[list[Failure], Field(max_length=64)] = []
    remote: Text = ""
    trouble: Text = ""


def read_credentials(exhibit: Exhibit, child: Child, anchors: str = "") -> Credentials:
    """Have a child verify the Content Credentials of an exhibit.

    Parameters
    ----------
    exhibit : Exhibit
        A picture or video by content.
    child : Child
        The bounded process that does it.
    anchors : str
        Certificates in PEM that the user trusts; empty for none.

    Returns
    -------
    Credentials
        A child that crashed or ran out of time or memory over them gives ``unreadable``: the pixels can still be
        assayed.
    """
    media = exhibit.require_media()
    try:
        with exhibit.descriptor() as descriptor:
            reply = child.call(VERIFIER, descriptor=descriptor, mime=media.mime, anchors=anchors)
        return Credentials.model_validate(dict(reply.meta))
    except DecoderMisbehaved:
        raise
    except ExhibitRefused as error:
        return Credentials(state="unreadable", trouble=f"{error.code}: {error}"[:300])
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise DecoderMisbehaved(
            f"the verifier's facts are malformed at {first['loc']}: treat the file as hostile"
        ) from None
