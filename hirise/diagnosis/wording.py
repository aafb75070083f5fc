"""Values to text: templates with fields, and how numbers and names are written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan, nan
from unicodedata import category

from hirise.metrics.metrics import Bounds


@dataclass(frozen=True)
class Phrase:
    """A template and the values in it; `str` renders it.

    Examples
    --------
    >>> str(Phrase("{n:,} of {images}", {"n": 1_000, "images": Images(2_500, "val")}))
    '1,000 of 2,500 val images'
    """

    template: str
    fields: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        # A last field may be empty.
        return self.template.format_map(self.fields).rstrip()


@dataclass(frozen=True)
class Rate:
    """A fraction in [0, 1] with its 95% interval, NaN where there is none.

    Examples
    --------
    >>> print(Rate(0.4, 0.309, 0.498))
    40.0% (95% CI 30.9–49.8%)
    """

    value: float
    low: float = nan
    high: float = nan

    def __str__(self) -> str:
        text = percent(self.value)
        return text if isnan(self.low) else f"{text} ({interval(self.low, self.high)})"


@dataclass(frozen=True)
class Score:
    """A number with two decimals and its 95% interval, NaN where there is none.

    Examples
    --------
    >>> print(Score(0.05, -0.05, 0.31))
    0.05 (95% CI -0.05 to 0.31)
    """

    value: float
    low: float = nan
    high: float = nan

    def __str__(self) -> str:
        if isnan(self.low):
            return f"{self.value:.2f}"
        bounds = interval(self.low, self.high, in_percent=False)
        return f"{self.value:.2f} ({bounds})"


@dataclass(frozen=True)
class Images:
    """A number of images, of one split or of none."""

    n: int
    split: str = ""

    def __str__(self) -> str:
        return images(self.n, self.split)


@dataclass(frozen=True)
class Names:
    """Class names in quotes, the first `most` of them.

    Examples
    --------
    >>> print(Names(("a", "b", "c"), most=2))
    'a', 'b' and 1 more
    """

    names: tuple[str, ...]
    most: int = 4

    def __str__(self) -> str:
        return listed(self.names, most=self.most)


@dataclass(frozen=True)
class Items:
    """Several values in one sentence, the first `most` of them."""

    items: tuple[object, ...]
    separator: str = ", "
    most: int | None = None

    def __str__(self) -> str:
        text = self.separator.join(map(str, self.items[: self.most]))
        more = 0 if self.most is None else len(self.items) - self.most
        return f"{text} and {more} more" if more > 0 else text


def rate_of(bounds: Bounds) -> Rate:
    """A `Rate` of a value and its interval, which may be of NumPy.

    Examples
    --------
    >>> print(rate_of((0.8, 0.71, 0.87)))
    80.0% (95% CI 71.0–87.0%)
    """
    return Rate(*map(float, bounds))


def score_of(bounds: Bounds) -> Score:
    """A `Score` of a value and its interval, which may be of NumPy.

    Examples
    --------
    >>> print(score_of((0.8, 0.71, 0.87)))
    0.80 (95% CI 0.71–0.87)
    """
    return Score(*map(float, bounds))


def percent(rate: float) -> str:
    """A rate in [0, 1] as people read it.

    Examples
    --------
    >>> percent(0.8333)
    '83.3%'
    """
    return f"{100 * rate:.1f}%"


def interval(low: float, high: float, *, in_percent: bool = True) -> str:
    """A 95% interval; with `to` where a minus sign would meet the dash.

    Examples
    --------
    >>> interval(0.431, 0.63)
    '95% CI 43.1–63.0%'
    >>> interval(-0.052, 0.31, in_percent=False)
    '95% CI -0.05 to 0.31'
    """
    dash = " to " if low < 0 else "–"
    if in_percent:
        return f"95% CI {100 * low:.1f}{dash}{percent(high)}"
    return f"95% CI {low:.2f}{dash}{high:.2f}"


def listed(names: Sequence[str], *, most: int = 4) -> str:
    """Names in quotes, the first `most` of them.

    Examples
    --------
    >>> listed(["a", "b", "c"], most=2)
    "'a', 'b' and 1 more"
    """
    text = ", ".join(f"'{name}'" for name in names[:most])
    return text + (f" and {len(names) - most} more" if len(names) > most else "")


def images(n: int, split: str = "") -> str:
    """A number of images; a split called `all` is none.

    Examples
    --------
    >>> images(1_499, "test"), images(1)
    ('1,499 test images', '1 image')
    """
    return f"{n:,} {of_split(split)}image{'' if n == 1 else 's'}"


def of_split(split: str) -> str:
    """The split before a noun, with a space; nothing for `all` or no split.

    Examples
    --------
    >>> of_split("val"), of_split("all")
    ('val ', '')
    """
    return f"{split} " if split not in ("", "all") else ""


def took(seconds: float | None) -> str:
    """A duration in its usual unit.

    Examples
    --------
    >>> took(82), took(246), took(None)
    ('82 s', '4.1 min', 'an unknown time')
    """
    if seconds is None:
        return "an unknown time"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.1f} min" if minutes < 90 else f"{minutes / 60:.1f} h"


def one_line(text: str) -> str:
    r"""`text` with control characters made visible, as a class name may hold them.

    Examples
    --------
    >>> one_line("a\nb")
    'a\\nb'
    """
    return "".join(
        letter.encode("unicode_escape").decode()
        if category(letter) in ("Cc", "Cs", "Zl", "Zp")
        else letter
        for letter in text
    )


def lowered(title: str) -> str:
    """A title inside a sentence; only its first letter changes.

    Examples
    --------
    >>> lowered("No better by macro-F1")
    'no better by macro-F1'
    """
    return title[:1].lower() + title[1:]


def capitalised(text: str) -> str:
    """Text at the start of a sentence; only its first letter changes.

    Examples
    --------
    >>> capitalised("val images of Mars")
    'Val images of Mars'
    """
    return text[:1].upper() + text[1:]


def signed(value: float, digits: int = 2) -> str:
    """A difference, with a minus sign that is not a hyphen.

    Examples
    --------
    >>> signed(0.321), signed(-0.05), signed(0.001)
    ('+0.32', '−0.05', '0.00')
    """
    text = f"{abs(value):.{digits}f}"
    # What is rounded to 0 has no sign.
    if not float(text):
        return text
    return f"{'+' if value > 0 else '−'}{text}"


def p_text(p: float) -> str:
    """The p-value of a test.

    Examples
    --------
    >>> p_text(0.0312), p_text(0.0004)
    ('p = 0.031', 'p < 0.001')
    """
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
