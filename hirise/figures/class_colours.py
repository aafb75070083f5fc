"""Which colour a class has: the same in all figures that draw classes together."""

from collections.abc import Sequence

from hirise.figures.theme import CATEGORY_COLOURS, GREY

PALETTE = (*CATEGORY_COLOURS, GREY)
"""By class id: the eight classes of HiRISE each have one, in every epoch and run."""


def class_colours(ids: Sequence[int], palette: Sequence[str] = PALETTE) -> list[str]:
    """A colour per class of `ids`: that of its id, or the next free one.

    Only where more classes than colours exist can two of those shown share one.
    """
    taken: list[int] = []
    for number in ids:
        place = number % len(palette)
        while place in taken and len(taken) < len(palette):
            place = (place + 1) % len(palette)
        taken.append(place)
    return [palette[place] for place in taken]
