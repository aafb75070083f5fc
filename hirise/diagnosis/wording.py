"""How numbers and names are said to people."""

from collections.abc import Sequence
from unicodedata import category


def percent(share: float) -> str:
    """`83.3 %` of a share in [0, 1]."""
    return f"{100 * share:.1f} %"


def listed(names: Sequence[str], *, most: int = 4) -> str:
    """`'a', 'b' and 3 more`."""
    shown = ", ".join(f"'{name}'" for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def images(n: int, split: str = "") -> str:
    """`1,499 test images`; a split called `all` is none."""
    kind = f"{split} " if split not in ("", "all") else ""
    return f"{n:,} {kind}image{'' if n == 1 else 's'}"


def interval(low: float, high: float) -> str:
    """`95 % interval 43.1 % to 63.0 %` of a share."""
    return f"95 % interval {percent(low)} to {percent(high)}"


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
