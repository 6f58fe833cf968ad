"""The rarity network in torch: the same tables as buffers, for a GPU and for graphs.

See `rarity_arrays` for what it computes; both give equal numbers.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .rarity_arrays import GRAIN, MIX, tables
from .rarity_roles import NUMBERS, STRONG, SUPPORT, Roles, corrections


def network(artifact: Any) -> nn.Module:
    """Torch version of an artifact of family "rarity".

    Parameters
    ----------
    artifact
        See `rarity_arrays.network`.

    Returns
    -------
    nn.Module
        Takes and returns a dict of tensors, named as for the arrays.
    """
    parameters = artifact.card.architecture.parameters
    return Rarity(artifact.tensors("state"), bool(parameters["included"]), Roles.of(parameters))


class Rarity(nn.Module):
    """Lookup tables as buffers, searched on whatever device they lie.

    Parameters
    ----------
    state, included, roles
        See `rarity_arrays.RarityArrays`.
    """

    def __init__(self, state: Mapping[str, NDArray[Any]], included: bool, roles: Roles) -> None:
        super().__init__()
        known = tables(state, included)
        for name in known.__slots__:
            self.register_buffer(name, torch.from_numpy(np.ascontiguousarray(getattr(known, name))))
        self.roles, self.joins = roles, 0 if included else 1

    def forward(self, feeds: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Score rows.

        Parameters
        ----------
        feeds
            ``context, value`` int64 [n, pairs], ``present`` bool [n, pairs], ``burst`` float32 [n].

        Returns
        -------
        dict
            ``raw`` [n], ``bits, seen, of`` [n, pairs].
        """
        context, present = feeds["context"], feeds["present"]
        query = _mix(context + _mix(feeds["value"] + MIX[2]))
        entry, found = _find(self._table("entry_key"), query)
        place, familiar = _find(self._table("context_key"), context)
        new_bits = torch.where(familiar, self._table("context_bits")[place], 0.0)
        new_of = torch.where(familiar, self._table("context_total")[place], 0)
        bits = torch.where(present, torch.where(found, self._table("entry_bits")[entry], new_bits), 0.0)
        of = torch.where(present, torch.where(found, self._table("entry_total")[entry], new_of), 0)
        seen = torch.where(present & found, self._table("entry_count")[entry], 0)
        whole, part = self.roles.spread
        if whole >= 0 and present.shape[1] >= self.roles.named_pairs:
            both = present[:, whole] & present[:, part]
            every = self._distinct(context[:, whole], both)
            these = torch.where(both, self._distinct(context[:, part], both), every)
            bits[:, whole] = self._spread_bits(these, every)
            seen[:, whole], of[:, whole] = torch.where(both, these, 0), every
        raw = self._combined(bits, of) + feeds["burst"]
        return {"raw": raw, "bits": bits, "seen": seen, "of": of}

    def _distinct(self, context: Tensor, asked: Tensor) -> Tensor:
        place, known = _find(self._table("context_key"), context)
        return torch.where(asked & known, self._table("context_distinct")[place], 0)

    def _spread_bits(self, these: Tensor, every: Tensor) -> Tensor:
        there = every > 0
        mass = torch.where(there, (these + self.joins).clamp(min=1), 1).double()
        share = (mass / torch.where(there, every + self.joins, 1).double()).clamp(max=1.0)
        return ((share.log2().abs() * GRAIN).round() / GRAIN).float()

    def _combined(self, bits: Tensor, of: Tensor) -> Tensor:
        roles = self.roles
        best = torch.zeros(len(bits), dtype=torch.float32, device=bits.device)
        number = torch.from_numpy(roles.numbers(bits.shape[1])).to(bits.device)
        amounts, bits, of = bits[:, number], bits[:, ~number], of[:, ~number]
        first = roles.event_pairs + roles.alone_pairs
        if bits.shape[1] > roles.event_pairs:
            correction = torch.from_numpy(corrections(bits.shape[1])).to(bits.device)
            looks = (of[:, roles.event_pairs :] > 0).sum(dim=1)
            best = torch.maximum(best, bits[:, roles.event_pairs :].amax(dim=1) - correction[looks])
        if roles.event_pairs:
            event = bits[:, : roles.event_pairs].amax(dim=1)
            event = event + float(STRONG) * bits[:, first : first + roles.strong_pairs].sum(dim=1)
            support = bits[:, first + roles.strong_pairs :]
            if support.shape[1] > 1:
                two = support.topk(2, dim=1).values
                event = event + float(SUPPORT[0]) * (two[:, 0] + two[:, 1])
                event = event + float(SUPPORT[1]) * support.sum(dim=1)
            if amounts.shape[1]:
                event = event + float(NUMBERS[0]) * (amounts - float(NUMBERS[1])).clamp(min=0).sum(dim=1)
            best = torch.maximum(best, event)
        return best

    def _table(self, name: str) -> Tensor:
        return self.get_buffer(name)


def _find(keys: Tensor, queries: Tensor) -> tuple[Tensor, Tensor]:
    place = torch.searchsorted(keys, queries.contiguous())
    return place, keys[place] == queries


def _mix(keys: Tensor) -> Tensor:
    """`rarity_arrays.mix` in signed arithmetic: torch shifts int64 with the sign, so the sign bits are masked off."""
    x = keys ^ ((keys >> 30) & ((1 << 34) - 1))
    x = x * MIX[0]
    x = x ^ ((x >> 27) & ((1 << 37) - 1))
    x = x * MIX[1]
    return x ^ ((x >> 31) & ((1 << 33) - 1))
