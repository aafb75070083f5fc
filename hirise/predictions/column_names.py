"""What the names of columns mean, by their words in ten languages."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal, NamedTuple

from hirise.errors import InputError

RESERVED = ("image", "y_true", "y_pred", "split", "group")
"""The roles, and the names of the columns that have them."""

ROLE_NAMES = {
    "image": "the images",
    "y_true": "the true classes",
    "y_pred": "the predicted classes",
    "split": "the splits",
    "group": "the groups",
}
"""The roles in words."""

Meaning = Literal[
    "true", "pred", "class", "image", "number", "score", "logit", "split", "group"
]
_WORDS: dict[Meaning | Literal["filler", "measure"], str] = {
    "true": "true groundtruth truth ground gt actual real reference gold expected "
    "annotated annotation manual wahr wahre wahres wahrheit tatsächlich tatsächliche "
    "tatsächliches soll echt echte vrai vraie réel réelle attendu attendue vérité "
    "verdadero verdadera verdad esperado esperada verdadeiro verdadeira verdade vero "
    "vera verità reale atteso attesa werkelijk werkelijke waar ware echte verwacht "
    "verwachte 真实 真值 实际 标注 真正 真實 實際 正解 真の 真値 実際 истина истинный "
    "истинная истинное истинные настоящий настоящая реальный реальная фактический "
    "эталон эталонный эталонная",
    "pred": "pred top1 predict predicted prediction predicts yhat hat output inferred "
    "inference estimated estimate classified guess guessed answer result vorhersage "
    "vorhergesagt vorhergesagte vorhergesagtes vorhersagen prognose prédit prédite "
    "prédiction prévu prévue prévision predicho predicha predicción pronóstico "
    "estimado previsto prevista previsão predição predito predita predetto predetta "
    "predizione previsione voorspeld voorspelde voorspelling 预测 預測 预测结果 予測 "
    "推定 предсказание предсказанный предсказанная предсказанное предсказано предсказ "
    "предсказания прогноз",
    "class": "label class classe category categorical cls y target species breed "
    "diagnosis klasse bezeichnung etikett kategorie diagnose étiquette etiquette "
    "catégorie clase etiqueta categoría rótulo categoria etichetta categorie 类别 "
    "标签 类 類別 標籤 分类 クラス ラベル カテゴリ 分類 класс метка категория",
    "image": "image img im file filename fname fn imgname imgpath impath path filepath "
    "picture photo sample uri bild "
    "datei dateiname pfad fichier chemin imagen archivo fichero ruta imagem arquivo "
    "ficheiro caminho immagine percorso afbeelding beeld bestand bestandsnaam pad 图像 "
    "图片 文件 文件名 路径 圖像 圖片 样本 画像 ファイル パス 写真 изображение файл "
    "путь картинка снимок фото foto",
    "number": "id idx index indices num number no nr nummer row uuid key numero "
    "número номер ид 编号 序号 番号",
    "score": "prob probability proba p score conf confidence certainty likelihood "
    "softmax sigmoid percent pct posterior wahrscheinlichkeit konfidenz sicherheit "
    "probabilité confiance probabilidad confianza puntuación probabilidade confiança "
    "pontuação probabilità confidenza punteggio waarschijnlijkheid kans zekerheid 概率 "
    "置信度 分数 得分 確率 信頼度 確信度 スコア вероятность уверенность",
    "logit": "logit",
    "split": "split subset partition phase dataset aufteilung partición partição",
    "group": "group patient subject video gruppe grupo groupe gruppo groep 患者 группа "
    "пациент",
    "filler": "name nom nombre nome naam имя 名 名称 名前 of for the is der des de von "
    "du di do da at raw base full text string str top argmax max model final "
    "value 值 値 test val valid validation train item "
    "relative absolute numeric encoded int binary original",
    "measure": "width height depth area size length x z w h dx dy x1 y1 x2 y2 xmin "
    "xmax ymin ymax time timestamp date datetime year month day hour second ms sec "
    "latency duration elapsed fps threshold count n loss entropy margin variance std "
    "mean median lat lon latitude longitude age weight seed batch epoch step iteration "
    "fold rank correct match matched error wrong right hit difference diff distance "
    "breite höhe fläche grösse größe datum zeit alter largeur hauteur taille durée "
    "ancho alto altura tamaño largura tamanho larghezza altezza breedte hoogte channel "
    "resolution brightness contrast quality blur sharpness price version",
}
"""Words of each meaning. `measure` is what else tables hold: sizes, times, flags."""


ANSWERS = ("answer", "answers", "output", "outputs", "result", "results")
"""Words of a prediction that may also stand beside those of a truth."""


class Name(NamedTuple):
    """What a column's name says.

    Attributes
    ----------
    meanings : frozenset of str
        Of its words.
    fillers : bool
        Whether it holds a word such as `name` that means nothing by itself.
    unknown : tuple of str
        Words of no known meaning, plain.
    """

    meanings: frozenset[str]
    fillers: bool
    unknown: tuple[str, ...]


def plain(text: str) -> str:
    """`text` in lower case, without accents.

    Examples
    --------
    >>> plain("Prédite"), plain("GRÖSSE")
    ('predite', 'grosse')
    """
    parts = unicodedata.normalize("NFKD", text.casefold())
    # Of Latin, Greek and Cyrillic letters alone: elsewhere such marks are vowels.
    kept = re.sub("[\u0300-\u036f]", "", parts)
    return unicodedata.normalize("NFC", kept).casefold()


_MEANING = {
    plain(word): meaning for meaning, words in _WORDS.items() for word in words.split()
}
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_LONGEST = max(map(len, _MEANING))


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name, plain; those written together are parted where known.

    Examples
    --------
    >>> words_of("TrueLabel"), words_of("pred_class-id"), words_of("预测标签")
    (('true', 'label'), ('pred', 'class', 'id'), ('预测', '标签'))
    """
    separated = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    runs = re.findall(r"[^\W_]+", plain(separated))
    return tuple(word for run in runs for word in _parted(run))


@lru_cache(maxsize=4096)
def _parted(run: str) -> tuple[str, ...]:
    if meaning_of(run):
        return (run,)
    letters = re.findall(r"\d+|[^\d]+", run)
    if len(letters) > 1:
        return tuple(word for part in letters for word in _parted(part))
    return _segments(run) or (run,)


def _segments(run: str) -> tuple[str, ...]:
    """Known words that make up all of `run`; none if they do not."""
    shortest = 1 if _CJK.search(run) else 2
    found: list[tuple[str, ...] | None] = [()] + [None] * len(run)
    for end in range(1, len(run) + 1):
        for start in range(max(0, end - _LONGEST - 1), end):
            before, word = found[start], run[start:end]
            known = before is not None and meaning_of(word)
            long = len(word) >= shortest or (word == "y" and start == 0)
            if known and long and found[end] is None:
                found[end] = (*(before or ()), word)
    return found[-1] or ()


def meaning_of(word: str) -> str:
    """The meaning of one plain word, also in plural; "" if unknown.

    Examples
    --------
    >>> meaning_of("labels"), meaning_of("vorhersage"), meaning_of("crater")
    ('class', 'pred', '')
    """
    known = _MEANING.get(word)
    if known is None and word.endswith("ies"):
        known = _MEANING.get(f"{word[:-3]}y")
    if known is None and word.endswith("es"):
        known = _MEANING.get(word[:-2])
    if known is None and word.endswith("s") and len(word) > 2:
        known = _MEANING.get(word[:-1])
    return known or ""


@lru_cache(maxsize=4096)
def read_name(name: str) -> Name:
    """What the words of a column's name mean.

    Examples
    --------
    >>> sorted(read_name("predicted_class").meanings)
    ['class', 'pred']
    >>> read_name("true_breed_hint").unknown
    ('hint',)
    """
    words = words_of(name)
    meanings = [meaning_of(word) for word in words]
    return Name(
        frozenset(m for m in meanings if m and m != "filler"),
        "filler" in meanings,
        tuple(w for w, m in zip(words, meanings, strict=True) if not m),
    )


def folded(name: str) -> str:
    """A name in lower case, without blanks and dashes between its letters.

    Other signs stay, as those of `A+` and `A-`.

    Examples
    --------
    >>> folded(" Dark-Dune "), folded("No_DR"), folded("A-")
    ('darkdune', 'nodr', 'a-')
    """
    text = unicodedata.normalize("NFKC", name).casefold().strip()
    return re.sub(r"(?<=\w)[\s_.-]+(?=\w)", "", text)


def common_spelling(names: Iterable[str]) -> dict[str, str]:
    """`names` by their folded form, those alone that no other name shares.

    Examples
    --------
    >>> common_spelling(["Cat", "dog", "DOG"])
    {'cat': 'Cat'}
    """
    several: dict[str, set[str]] = {}
    for name in names:
        several.setdefault(folded(name), set()).add(name)
    return {key: next(iter(same)) for key, same in several.items() if len(same) == 1}


def may_hold_labels(name: str) -> bool:
    """Whether a column of this name may hold labels or names, which stay text.

    Examples
    --------
    >>> may_hold_labels("predicted label"), may_hold_labels("prob_cat")
    (True, False)
    """
    read = read_name(name)
    if read.meanings & {"score", "logit", "measure"}:
        return name in RESERVED or _is_correct_label(name)
    if read.unknown:
        return _is_correct_label(name)
    return bool(read.meanings) or read.fillers


def _is_correct_label(name: str) -> bool:
    """Whether it is called "correct label", which is a truth."""
    words = set(words_of(name))
    return bool(words & {"correct", "right"}) and "class" in read_name(name).meanings


def is_single_score(name: Name) -> bool:
    """Whether it is one score without a class, such as `proba` or `confidence`."""
    return (
        not name.unknown
        and bool(name.meanings & {"score", "logit"})
        and not name.meanings & {"true", "measure", "image", "number"}
    )


def label_rank(name: str) -> tuple[str, float] | None:
    """Whether a name means a truth, a prediction or a class, and how surely.

    Ids come half a rank after names, and names with words of no known meaning one.
    """
    read = read_name(name)
    rank = len(read.unknown) + 0.5 * ("number" in read.meanings)
    if _is_correct_label(name):
        return ("true", rank)
    if read.meanings & {"score", "logit", "measure", "split", "group"}:
        return None
    if {"true", "pred"} <= read.meanings:
        # A gold answer is a truth; an answer alone, a prediction.
        rest = [word for word in words_of(name) if word not in ANSWERS]
        is_pred = any(meaning_of(word) == "pred" for word in rest)
        return None if is_pred else ("true", rank)
    for kind in ("true", "pred"):
        if kind in read.meanings:
            return (kind, rank)
    if "class" in read.meanings and not read.unknown:
        return ("class", rank)
    return None


def label_kind(name: str) -> str:
    """`true`, `pred` or `class` where a name says so without other words, else "".

    Examples
    --------
    >>> label_kind("Actual"), label_kind("true_positives"), label_kind("Klasse")
    ('true', '', 'class')
    """
    rank = label_rank(name)
    return rank[0] if rank is not None and rank[1] < 1 else ""


def mentions_labels(name: str) -> bool:
    """Whether a name holds words of labels beside others, and of nothing else."""
    read = read_name(name)
    return bool(read.unknown) and read.meanings == {"class"}


def image_rank(name: str) -> int:
    """How surely a name means the image, 1 the surest; 0 if it does not."""
    read = read_name(name)
    if read.unknown or not read.meanings <= {"image", "number"}:
        return 0
    if "image" in read.meanings:
        return 2 if "number" in read.meanings else 1
    if words_of(name) == ("index",):
        return 0
    return 4 if "number" in read.meanings else 3


def check_distinct(where: str, names: Iterable[str]) -> None:
    """Refuse a table of which two columns have one name.

    Examples
    --------
    >>> check_distinct("labels.csv", ["image", "image"])
    Traceback (most recent call last):
        ...
    hirise.errors.InputError: labels.csv: Column 'image' occurs twice. Rename or remove
    one.
    """
    repeated = [name for name, n in Counter(names).items() if n > 1]
    if repeated:
        raise InputError(
            f"Column {repeated[0]!r} occurs twice.",
            where=where,
            how="Rename or remove one.",
        )
