"""The rarity network in torch: the same tables as buffers, for a GPU and for graphs.

See `rarity_arrays` for what it computes; both give equal numbers.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .rarity_roles import NUMBERS, STRONG, SUPPORT, Roles, corrections
from .rarity_tables import GRAIN, tables


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
            See `rarity_arrays.RarityArrays`.

        Returns
        -------
        dict
            ``raw`` [n], the others [m].
        """
        query, context = feeds["entry"], feeds["context"]
        entry, found = _find(self._table("entry_key"), query)
        place, familiar = _find(self._table("context_key"), context)
        new_bits = torch.where(familiar, self._table("context_bits")[place], 0.0)
        new_of = torch.where(familiar, self._table("context_total")[place], 0)
        made = {
            "bits": torch.where(found, self._table("entry_bits")[entry], new_bits),
            "seen": torch.where(found, self._table("entry_count")[entry], 0),
            "of": torch.where(found, self._table("entry_total")[entry], new_of),
        }
        index, pair = feeds["index"].long(), feeds["pair"].long()
        spreads = self.roles.spreads(feeds["pair"].cpu().numpy())
        made |= self._spread(index, context, spreads)
        last = int(pair.max()) + 1 if len(pair) else 0
        width = max(self.roles.event_pairs, self.roles.named_pairs, last)
        bits = torch.zeros((len(index), width), dtype=torch.float32, device=index.device)
        of = torch.zeros((len(index), width), dtype=torch.int64, device=index.device)
        bits[:, pair], of[:, pair] = _led(made["bits"])[index], _led(made["of"])[index]
        if spreads:
            both = torch.where(index[:, spreads[0]] > 0, index[:, spreads[1]], 0)
            whole = self.roles.spread[0]
            bits[:, whole], of[:, whole] = _led(made["spread_bits"])[both], _led(made["spread_of"])[both]
        return {"raw": self._combined(bits, of) + feeds["burst"], **made}

    def _spread(self, index: Tensor, context: Tensor, spreads: tuple[int, int] | None) -> dict[str, Tensor]:
        these, every = torch.zeros_like(context), torch.zeros_like(context)
        if spreads:
            whole, part = (torch.unique(index[:, at]) for at in spreads)
            whole, part = whole[whole > 0] - 1, part[part > 0] - 1
            if len(whole) and len(part):
                every[part] = self._distinct(context[whole[:1]])
                these[part] = self._distinct(context[part])
        bits = self._spread_bits(these, every)
        return {"spread_bits": bits, "spread_seen": these, "spread_of": every}

    def _distinct(self, context: Tensor) -> Tensor:
        place, known = _find(self._table("context_key"), context)
        return torch.where(known, self._table("context_distinct")[place], 0)

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



def _led(column: Tensor) -> Tensor:
    return torch.cat((column.new_zeros(1), column))
