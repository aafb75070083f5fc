"""Every program, by the module that builds it."""

from __future__ import annotations

import monitored
import others
import pictures
import questions
from program import Program

CLASSIFIERS: tuple[Program, ...] = (
    *questions.PROGRAMS,
    *pictures.PROGRAMS,
    *monitored.PROGRAMS,
)
SOUND: tuple[Program, ...] = questions.SOUND
OTHERS: tuple[Program, ...] = others.PROGRAMS
PROGRAMS: tuple[Program, ...] = (*CLASSIFIERS, *SOUND, *OTHERS)


def program_named(key: str) -> Program:
    """The program of that key."""
    return next(program for program in PROGRAMS if program.key == key)
