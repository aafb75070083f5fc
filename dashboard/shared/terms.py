"""Terms of art, explained where a page uses them first."""

from __future__ import annotations

import re

import streamlit as st

from dashboard.shared.text import literal
from hirise.actions.explain import topics

TOLD = "terms-told"
"""In the session: the terms that are explained on the page so far."""

WORDS = {
    "majority-class-baseline": r"majority-class baseline",
    "pixel-free-baseline": r"pixel-free baseline",
    "chance-agreement": r"chance agreement|agreement beyond chance",
    "kappa": r"kappa",
    "macro-f1": r"macro-F1",
    "balanced-accuracy": r"balanced accuracy",
    "auc": r"\bAUC\b",
    "effective-classes": r"effective (?:predicted |true )?classes|effective number",
    "nats": r"\bnats\b",
    "log-loss": r"log-loss",
    "calibration-error": r"calibration error",
    "tau": r"τ",
    "confidence-interval": r"95% CI",
    "logits": r"\blogits?\b",
    "leakage": r"\bleak(?:s|age)\b",
    "near-duplicate": r"near-duplicates?",
}
"""How each term stands in sentences."""


def begin_page() -> None:
    """Nothing is explained yet."""
    st.session_state[TOLD] = set()


def terms_in(text: str) -> str | None:
    """What the terms mean that a text uses first on this page; None without any."""
    told: set[str] = st.session_state.setdefault(TOLD, set())
    lines = []
    for term, words in WORDS.items():
        if term not in told and re.search(words, text, re.IGNORECASE):
            told.add(term)
            found = topics()[term]
            meaning = found.text.partition("\n\n")[0].replace("\n", " ")
            lines.append(f"**{literal(found.title)}**: {literal(meaning)}")
    return "\n\n".join(lines) or None
