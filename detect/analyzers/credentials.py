"""Content Credentials: does the signed history fit the file, and who signed it?

Question: has the file been changed since its last Content Credentials were signed, and what do they say was done? The
answer is a state of the C2PA specification. It is told beside the likelihood ratios and enters none: a signature shows
that nobody changed the file since, not that what it shows happened, and most files have never had any.
"""

from collections.abc import Sequence
from typing import Protocol

from ..credentials import Action, Credentials, Manifest
from ..values import Applicability, Finding, Proposition, Reason

__all__ = ["ContentCredentials"]

_UNTRUSTED = "signingCredential.untrusted"

# What the commonest codes of the C2PA specification (2.1, section 15) mean, in words.
_WORDS = {
    "assertion.dataHash.mismatch": "the picture's bytes are not those that were signed",
    "assertion.bmffHash.mismatch": "the file's boxes are not those that were signed",
    "assertion.boxesHash.mismatch": "parts of the file are not those that were signed",
    "assertion.hashedURI.mismatch": "an assertion was changed after signing",
    "assertion.missing": "an assertion that was signed is missing",
    "claimSignature.mismatch": "the signature does not fit the claim",
    "claimSignature.missing": "the signature is missing",
    "claim.missing": "the claim is missing",
    "signingCredential.expired": "the signer's certificate had expired",
    "signingCredential.revoked": "the signer's certificate was revoked",
    "signingCredential.invalid": "the signer's certificate is not fit for signing",
    "timeStamp.mismatch": "the time stamp does not fit",
}


class Credentialed(Protocol):
    """A picture or a video."""

    @property
    def credentials(self) -> Credentials | None: ...


class ContentCredentials:
    """Tells the state, the signer and the actions of Content Credentials."""

    name = "content-credentials"
    proposition = Proposition.PROVENANCE

    def applies(self, exhibit: Credentialed) -> Applicability:
        """To files that hold or name Content Credentials."""
        held = exhibit.credentials
        if held is None:
            return Applicability(
                False, Reason("credentials-not-read", "Content Credentials were not looked for")
            )
        if held.state == "absent":
            words = (
                "the file holds no Content Credentials. Most files never had any, and most ways of sending a picture "
                "strip them: this proves nothing"
            )
            return Applicability(False, Reason("no-credentials", words))
        return Applicability(True)

    def analyze(self, exhibit: Credentialed) -> Finding:
        """State, signer, actions and ingredients."""
        verdict = self.applies(exhibit)
        held = exhibit.credentials
        if not verdict.applies or held is None:
            return Finding(self.name, self.proposition, False, why_not=verdict.why_not)
        words = _words(held)
        return Finding(
            self.name,
            self.proposition,
            True,
            words=words,
            reasons=(Reason(f"credentials-{held.state}", words), *_model_made(held)),
            detail=held.model_dump(mode="json"),
        )


def _words(held: Credentials) -> str:
    if held.state == "remote":
        return f"The file names Content Credentials at {held.remote}. They were not read: no other machine is asked."
    if held.state == "unreadable":
        return f"The file holds Content Credentials that cannot be read: {held.trouble.rstrip('.')}."
    active = next((manifest for manifest in held.manifests if manifest.label == held.active), None)
    who = "an unnamed signer" if active is None else _signer(active)
    if held.state == "invalid":
        causes = _causes(held) or ["a check failed"]
        return (
            f"The Content Credentials, signed by {who}, do not fit the file: {'; '.join(causes)}. The file or its "
            "credentials were changed since."
        )
    trust = (
        "The signer is on the list that you trust."
        if held.state == "trusted"
        else "Whether the signer is who it claims to be was not established."
    )
    return f"The Content Credentials fit the file: unchanged since {who} signed it. {trust}{_history(held, active)}"


def _signer(manifest: Manifest) -> str:
    name = " of ".join(part for part in (manifest.signer, manifest.issuer) if part) or "an unnamed signer"
    return f"{name} on {manifest.time[:10]}" if manifest.time else name


def _causes(held: Credentials) -> list[str]:
    codes = dict.fromkeys(
        failure.code for failure in held.failures if not failure.code.endswith(".untrusted")
    )
    return [_WORDS.get(code, code) for code in codes][:4]


def _history(held: Credentials, active: Manifest | None) -> str:
    if active is None:
        return ""
    told = ""
    actions = [_action(action) for action in active.actions]
    if actions:
        told += f" It states: {', '.join(actions[:6])}{' and more' if len(actions) > 6 else ''}."
    if active.ingredients:
        signed = sum(bool(item.manifest) for item in active.ingredients)
        number = len(active.ingredients)
        told += (
            f" It names {number} ingredient{'s' * (number != 1)}, {signed} of them with credentials of "
            f"{'its' if number == 1 else 'their'} own."
        )
    return told


def _action(action: Action) -> str:
    name = action.action.removeprefix("c2pa.").replace("_", " ") or "an unnamed action"
    return f"{name} with {action.software}" if action.software else name


def _model_made(held: Credentials) -> Sequence[Reason]:
    """A generative source type that is signed and fits the file is more than a mark, though still the signer's word."""
    if held.state not in ("valid", "trusted"):
        return ()
    types = {action.source_type for manifest in held.manifests for action in manifest.actions}
    made = sorted(kind for kind in types if "rainedAlgorithmicMedia" in kind)
    if not made:
        return ()
    return (Reason("credentials-generated", f"a signed action states the source type {', '.join(made)}"),)
