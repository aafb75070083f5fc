"""Which images of a split are looked at first: a fair sample, and the worst."""

from __future__ import annotations

import numpy as np

from hirise.evaluation.image_table import image_table, orders_for, sort_images
from hirise.predictions import Predictions

WORST = 60
ORDER = "confident and wrong"


def images_to_look_at(
    said: Predictions, n_images: int, *, worst: int = WORST
) -> list[str]:
    """`n_images` drawn from the split, and beside them the most confident mistakes.

    A larger number adds to what a smaller one draws.
    """
    assert said.image is not None
    drawn = np.random.default_rng(0).permutation(len(said))[:n_images]
    table = image_table(said)
    chosen = list(said.image[np.sort(drawn)])
    if worst and ORDER in orders_for(table):
        order = sort_images(table, ORDER)
        wrong = order[~order["correct"].fillna(True).to_numpy(dtype=bool)]
        chosen += wrong["image"].head(worst).tolist()
    return list(dict.fromkeys(chosen))
