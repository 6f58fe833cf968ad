"""Findings to one likelihood ratio a proposition; never across propositions."""

from collections.abc import Iterable

from .values import Finding, LikelihoodRatio, Proposition

__all__ = ["fuse"]


def fuse(findings: Iterable[Finding], proposition: Proposition) -> LikelihoodRatio | None:
    """Likelihood ratio of a proposition from all findings that speak to it.

    Analyzers that look at the same picture are not independent, so their log10 LRs are averaged with equal weights
    rather than added: the result is never stronger than the strongest of them. Those that do not apply are no
    information and leave it as it is.

    Parameters
    ----------
    findings : iterable of Finding
        Of one exhibit.
    proposition : Proposition
        Which one; ``provenance`` has no ratio.

    Returns
    -------
    LikelihoodRatio | None
        None when no finding with a ratio applies.
    """
    if proposition is Proposition.PROVENANCE:
        return None
    ratios = [f.ratio for f in findings if f.applies and f.proposition is proposition and f.ratio is not None]
    if not ratios:
        return None
    count = len(ratios)
    return LikelihoodRatio(
        sum(ratio.log10 for ratio in ratios) / count,
        sum(ratio.low for ratio in ratios) / count,
        sum(ratio.high for ratio in ratios) / count,
    )
