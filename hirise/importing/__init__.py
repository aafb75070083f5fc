"""What people bring -> understood, and then a run folder that every page can show."""

from hirise.importing.describe import describe_file
from hirise.importing.importer import import_file, import_run
from hirise.importing.kinds import Corrections, Understood, kind_of
from hirise.importing.predictions import import_history, import_predictions, title_of
from hirise.importing.saving import save_run

__all__ = [
    "Corrections",
    "Understood",
    "describe_file",
    "import_file",
    "import_history",
    "import_predictions",
    "import_run",
    "kind_of",
    "save_run",
    "title_of",
]
