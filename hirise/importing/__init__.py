"""What people bring -> understood, and then a run folder that every page can show."""

from hirise.importing.corrections import Corrections
from hirise.importing.describe import describe_file
from hirise.importing.history import import_history
from hirise.importing.importer import import_file
from hirise.importing.kinds import kind_of
from hirise.importing.predictions import import_predictions, title_of, with_truth
from hirise.importing.runfolder import import_run
from hirise.importing.understood import Understood

__all__ = [
    "Corrections",
    "Understood",
    "describe_file",
    "import_file",
    "import_history",
    "import_predictions",
    "import_run",
    "kind_of",
    "title_of",
    "with_truth",
]
