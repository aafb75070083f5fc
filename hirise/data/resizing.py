"""How an image is brought to the square that a network takes."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from hirise.errors import InputError, nearest, parameter, shown

STRETCH, CROP, LETTERBOX = "stretch", "crop", "letterbox"
INTERPOLATIONS = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "nearest": Image.Resampling.NEAREST,
    "lanczos": Image.Resampling.LANCZOS,
}
LONGEST = 10_000
"""Pixels of a shorter side; more is a mistake, and would cost memory."""


@dataclass(frozen=True)
class Resizing:
    """From an image of any size to a square one.

    Attributes
    ----------
    kind : {"stretch", "crop", "letterbox"}
        Both sides resized; the shorter side resized and the centre cropped, as is
        usual with torchvision; or the longer side resized and the rest black.
    shorter : int, optional
        Length of the shorter side before cropping; that of the square by default.
    interpolation : str
        A key of `INTERPOLATIONS`; each covers the whole area of a pixel.

    Examples
    --------
    >>> wide = Image.new("L", (400, 200))
    >>> [Resizing(kind).apply(wide, 100).size for kind in ("stretch", "crop")]
    [(100, 100), (100, 100)]
    """

    kind: str = STRETCH
    shorter: int | None = None
    interpolation: str = "bilinear"

    def __str__(self) -> str:
        """As `parse_resizing` reads it, without the interpolation."""
        return self.kind if self.shorter is None else f"{self.kind}:{self.shorter}"

    def apply(self, image: Image.Image, size: int) -> Image.Image:
        """`image` as a square of `size` pixels."""
        if image.size == (size, size) and self.shorter in (None, size):
            return image
        method = INTERPOLATIONS[self.interpolation]
        if self.kind == STRETCH:
            return image.resize((size, size), method)
        if self.kind == CROP:
            return self._crop(image, size)
        return _letterbox(image, size, method)

    def _crop(self, image: Image.Image, size: int) -> Image.Image:
        width, height = image.size
        shorter = self.shorter or size
        # Whole pixels are cut off, and halves rounded to even, as torchvision does.
        tall, wide = (
            int(shorter * side / min(width, height)) for side in (height, width)
        )
        method = INTERPOLATIONS[self.interpolation]
        if (wide, tall) != image.size:
            image = image.resize((wide, tall), method)
        top, left = round((tall - size) / 2), round((wide - size) / 2)
        return image.crop((left, top, left + size, top + size))


def _letterbox(image: Image.Image, size: int, method: Image.Resampling) -> Image.Image:
    scale = size / max(image.size)
    wide, tall = (max(1, round(side * scale)) for side in image.size)
    square = Image.new(image.mode, (size, size))
    resized = image.resize((wide, tall), method)
    square.paste(resized, ((size - wide) // 2, (size - tall) // 2))
    return square


def parse_resizing(text: str, interpolation: str = "bilinear") -> Resizing:
    """`stretch`, `crop`, `crop:R` (shorter side R before cropping) or `letterbox`.

    Raises
    ------
    InputError
        For anything else.

    Examples
    --------
    >>> parse_resizing("crop:256")
    Resizing(kind='crop', shorter=256, interpolation='bilinear')
    """
    if interpolation not in INTERPOLATIONS:
        raise InputError(
            f"{parameter('interpolation')}: '{shown(interpolation)}' is unknown.",
            how=f"Expected: one of {', '.join(INTERPOLATIONS)}."
            f"{nearest(interpolation, INTERPOLATIONS)}",
        )
    kind, colon, number = text.strip().lower().partition(":")
    is_length = number.isascii() and number.isdigit() and 0 < int(number) <= LONGEST
    if kind not in (STRETCH, CROP, LETTERBOX) or (
        bool(colon) and (kind != CROP or not is_length)
    ):
        raise InputError(
            f"{parameter('resize')}: '{shown(text)}' is unknown.",
            how="Expected: stretch, crop, crop:R (R pixels of the shorter side, 1 to "
            f"{LONGEST:,}) or letterbox.",
        )
    return Resizing(kind, int(number) if colon else None, interpolation)


PLAIN = Resizing()
