"""How numbers and names are said to people."""

from collections.abc import Sequence
from unicodedata import category


def percent(rate: float) -> str:
    """A rate in [0, 1] as people read it.

    Examples
    --------
    >>> percent(0.8333)
    '83.3%'
    """
    return f"{100 * rate:.1f}%"


def listed(names: Sequence[str], *, most: int = 4) -> str:
    """`'a', 'b' and 3 more`."""
    shown = ", ".join(f"'{name}'" for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def images(n: int, split: str = "") -> str:
    """`1,499 test images`; a split called `all` is none."""
    kind = f"{split} " if split not in ("", "all") else ""
    return f"{n:,} {kind}image{'' if n == 1 else 's'}"


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


def took(seconds: float | None) -> str:
    """`82 s`, `4.1 min` or `1.6 h`; `an unknown time` for None."""
    if seconds is None:
        return "an unknown time"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.1f} min" if minutes < 90 else f"{minutes / 60:.1f} h"


def one_line(text: str) -> str:
    """`text` with control characters made visible, as a class name may hold them."""
    return "".join(
        letter.encode("unicode_escape").decode()
        if category(letter) in ("Cc", "Cs", "Zl", "Zp")
        else letter
        for letter in text
    )


def lowered(title: str) -> str:
    """A title inside a sentence: its names, such as macro-F1, stay as they are."""
    return title[:1].lower() + title[1:]
