"""Figures of a list of samples."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

__all__ = ["known", "median", "quantile", "slope"]


def known(samples: Iterable[float | None]) -> list[float]:
    """Those that came to something."""
    return [sample for sample in samples if sample is not None]


def median(samples: Iterable[float | None]) -> float | None:
    """The middle one of those that are known; None of none."""
    return quantile(samples, 0.5)


def quantile(samples: Iterable[float | None], share: float) -> float | None:
    """The value below which that share of those that are known lies; None of none."""
    values = known(samples)
    return float(np.quantile(np.asarray(values), share)) if values else None


def slope(values: Sequence[float]) -> float:
    """By how much a value exceeds the one before it: the median over all pairs (Theil-Sen), which no outlier moves."""
    array = np.asarray(values, dtype=float)
    first, second = np.triu_indices(len(array), 1)
    return float(np.median((array[second] - array[first]) / (second - first))) if len(first) else 0.0
