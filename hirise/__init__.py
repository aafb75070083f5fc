"""The doctor for image classifiers that look fine and are not.

From a run, a file, a table or arrays to a diagnosis in one call::

    import hirise

    diagnosis = hirise.diagnose({"y_true": labels, "proba": model.predict(images)})
    print(diagnosis.sentence)

Names are imported when first used, so that `import hirise` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

__all__ = [
    "Diagnosis",
    "Evaluation",
    "Evidence",
    "Finding",
    "InputError",
    "Predictions",
    "Run",
    "__version__",
    "diagnose",
    "evaluate",
    "evidence_of",
    "figures",
    "list_runs",
    "load_run",
    "predictions_of",
    "read_predictions",
    "testing",
    "write_report",
]

if TYPE_CHECKING:
    import hirise.figures as figures
    import hirise.testing as testing
    from hirise.diagnosis import Diagnosis, Evidence, Finding, evidence_of
    from hirise.diagnosis.diagnose import diagnose
    from hirise.errors import InputError
    from hirise.evaluation import Evaluation
    from hirise.evaluation.evaluation import evaluate
    from hirise.predictions import Predictions, predictions_of, read_predictions
    from hirise.reporting import write_report
    from hirise.runs import Run, list_runs, load_run
else:
    _HOMES = {
        "Diagnosis": "hirise.diagnosis",
        "Evaluation": "hirise.evaluation",
        "Evidence": "hirise.diagnosis",
        "Finding": "hirise.diagnosis",
        "InputError": "hirise.errors",
        "Predictions": "hirise.predictions",
        "Run": "hirise.runs",
        "diagnose": "hirise.diagnosis",
        "evaluate": "hirise.evaluation",
        "evidence_of": "hirise.diagnosis",
        "figures": "hirise.figures",
        "list_runs": "hirise.runs",
        "load_run": "hirise.runs",
        "predictions_of": "hirise.predictions",
        "read_predictions": "hirise.predictions",
        "testing": "hirise.testing",
        "write_report": "hirise.reporting",
    }

    def __getattr__(name):
        if name not in _HOMES:
            raise AttributeError(f"module 'hirise' has no attribute {name!r}")
        try:
            module = import_module(_HOMES[name])
        except ModuleNotFoundError as error:
            lacking = (error.name or "").partition(".")[0]
            if lacking not in ("plotly", "jinja2", "markupsafe"):
                raise
            advice = f'hirise.{name} needs {lacking}: pip install "hirise[report]"'
            raise ModuleNotFoundError(advice, name=lacking) from error
        found = getattr(module, name, module)
        globals()[name] = found
        return found

    def __dir__():
        return sorted({*globals(), *__all__})
