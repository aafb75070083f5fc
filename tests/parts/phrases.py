"""Phrases that people are spared, and what is written instead.

`python tests/parts/phrases.py [PATH …]` lists where they stand.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from user_text import ROOT, Text, user_texts

BANNED: dict[str, str] = {
    # Numbers
    r"[\d}][ \u00a0\u202f]%(?![({])": "12.3%, without a space",
    r"95 ?% interval": "95% CI",
    r"(interval|%) from \S+ to": "95% CI 0.78–0.84",
    # Predictions and their truth
    r"(are|is|was|were|be) called (['“*]|\{\}|so\b)": "predicted as",
    r"called (wrongly|\{\}, \{\} of them)": "misclassified",
    r"\bcalled \*\*": "predicted as",
    r"\bso named\b|\bnamed (rightly|more|less|too|as often|as many)\b": "predicted as",
    r"\b(never|are not|wrongly|often|largest is) named\b|rightly named": "predicted as",
    r"\bare named (for|more)\b": "predicted as",
    r"\b(always|never) nam(es|ing)\b": "always predicting",
    r"\balways the largest class\b": "majority-class baseline",
    r"guessing with these": "chance agreement",
    r"\btaken for\b|\bfor what\?": "predicted as",
    r"recogni[sz]ed\b": "classified correctly",
    r"\b(wrongly|rightly)\b": "incorrectly, correctly",
    r"\bright (or|and) wrong\b": "correct or incorrect",
    r"\b(are|is|be|being) right\b": "correct",
    r"\bright (labels?|ones?|among)\b|\blabels right\b": "correct labels",
    r"\b(right|wrong) (before|after)\b": "correct before",
    r"\bwrong (answers?|ones)\b": "misclassified images",
    r"(?<!ground )(?<!groundtruth )\btruth\b": "ground truth, true class, true labels",
    r"\b(surest|how sure)\b": "most confident, confidence",
    r"\bsure of\b|\bunsure\b": "confident, confidence",
    r"\bjudg(e|es|ed|ing)\b": "evaluate, evaluated",
    r"\banswered for\b|\belse is answered\b": "predicted",
    # Evidence
    r"\bwitness": "evidence",
    r"\bspeaks? (for|against)\b": "evidence for, evidence against",
    r"\bbears? (it|that) out\b": "supports",
    r"\b(found|findings|found in \{\}) asks? for\b|\basked for by\b": "recommended",
    r"\balso asked for\b": "recommended",
    # Class frequencies
    r"\bmajority share\b": "majority-class baseline",
    r"\b(class|training|label|labels|target|predicted|true|known|new) shares?\b": (
        "class frequency"
    ),
    r"\b(the|these|those|their|its|same) shares\b": "class frequencies",
    r"\bshares? of (each|the (true|largest|most frequent)) class\b": "frequency",
    r"\bshare of (\{\}|['“*])": "class frequency",
    # Splits
    r"\bsides? of (the|a) split\b": "split",
    r"\b(several|each|one|two|same|third|third|other|which) sides?\b(?! by)": "split",
    r"\bon (its|their|the same|this|that) sides?\b": "split",
    r"\b(images and|the|a) sides? (['{`]|must)|\bsides taken over\b": "split",
    r"\btraining has seen\b": "leakage, also in training",
    r"\blook-alikes?\b": "near-duplicate",
    # Untrusted models, processes, polling
    r"\bstranger": "untrusted model",
    r"\bprocess(es)? (apart|of (its|their) own)\b": "separate process, sandbox",
    r"\blook(s|ed)? (again|at already|into)\b|\bLook again\b": "refresh",
    r"\b(is|are|be|being|was|were|not) looked at\b|\bworth a look\b": "examined",
    r"\bno look at\b|\bwithout a look\b|\bby (rote|note)\b": "pixel-free baseline",
    # Plain English
    r"\bmend(s|ed|ing)?\b": "fix, correct",
    r"\btrained again\b": "retrained",
    r"\brelit\b": "random brightness",
    r"\bturned(,| and) mirrored\b": "rotated and flipped",
    r"\b(at hand)\b": "available",
    r"\b(told|tells?|tell) (\w+ )?apart\b": "distinguish",
    r"\b(cannot|can) be told\b": "known, distinguished",
    r"\bof one's own\b": "your own",
}
PATTERNS = {re.compile(phrase, re.IGNORECASE): say for phrase, say in BANNED.items()}


@dataclass(frozen=True)
class Offence:
    """A phrase that is never written, where it stands, and what to write instead."""

    text: Text
    phrase: str
    instead: str

    def __str__(self) -> str:
        path = self.text.path.relative_to(ROOT)
        words = " ".join(self.text.text.split())
        at = max(0, words.find(" ".join(self.phrase.split())) - 30)
        return (
            f"{path}:{self.text.line}: '{self.phrase}' → {self.instead}"
            f"   …{words[at : at + 90]}…"
        )


def offences(*paths: Path) -> Iterator[Offence]:
    """Each phrase of `BANNED` in the text below `paths`."""
    for text in user_texts(*paths):
        for pattern, instead in PATTERNS.items():
            for match in pattern.finditer(text.text):
                yield Offence(text, match.group(), instead)


if __name__ == "__main__":
    listed = list(offences(*(Path(path).resolve() for path in sys.argv[1:])))
    sys.stdout.writelines(f"{offence}\n" for offence in listed)
    sys.stdout.write(f"{len(listed)} in all\n")
