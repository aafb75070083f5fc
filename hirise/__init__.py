"""The doctor for image classifiers that look fine and are not.

From a run, a file, a table or arrays to a diagnosis in one call::

    import hirise

    diagnosis = hirise.diagnose(labels, model.predict(images))
    print(diagnosis)

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
    "Recorder",
    "Run",
    "__version__",
    "annotate_run",
    "check",
    "compare",
    "cure",
    "data_info",
    "delete_run",
    "describe",
    "diagnose",
    "download",
    "evaluate",
    "evidence_of",
    "examine",
    "explain",
    "explore",
    "export",
    "figures",
    "from_estimator",
    "hide_examples",
    "image_map",
    "images",
    "import_",
    "list_replays",
    "list_runs",
    "load_run",
    "plan_cure",
    "plan_examination",
    "plan_training",
    "predict",
    "predictions_of",
    "read_predictions",
    "relabel",
    "rename_run",
    "replay",
    "report",
    "resume",
    "saliency",
    "save_run",
    "settings",
    "simulate",
    "suggest",
    "tag",
    "testing",
    "train",
    "write_report",
]

if TYPE_CHECKING:
    import hirise.actions.check as _check
    import hirise.actions.compare as _compare
    import hirise.actions.cure as _cure
    import hirise.actions.data_info as _data_info
    import hirise.actions.describe as _describe
    import hirise.actions.download as _download
    import hirise.actions.examine as _examine
    import hirise.actions.explain as _explain
    import hirise.actions.explore as _explore
    import hirise.actions.export as _export
    import hirise.actions.image_map as _image_map
    import hirise.actions.images as _images
    import hirise.actions.import_ as _import
    import hirise.actions.plan as _plan
    import hirise.actions.predict as _predict
    import hirise.actions.relabel as _relabel
    import hirise.actions.replay as _replay
    import hirise.actions.report as _report
    import hirise.actions.runs as _runs
    import hirise.actions.saliency as _saliency
    import hirise.actions.settings as _settings
    import hirise.actions.simulate as _simulate
    import hirise.actions.suggest as _suggest
    import hirise.actions.tag as _tag
    import hirise.actions.train as _train
    import hirise.figures as figures
    import hirise.testing as testing
    from hirise.actions import direct
    from hirise.diagnosis import Diagnosis, Evidence, Finding, evidence_of
    from hirise.diagnosis.diagnose import diagnose, from_estimator
    from hirise.errors import InputError
    from hirise.evaluation import Evaluation, evaluate
    from hirise.importing import save_run
    from hirise.predictions import Predictions, predictions_of, read_predictions
    from hirise.recording.recorder import Recorder
    from hirise.reporting import write_report
    from hirise.runs import Run, load_run

    annotate_run = direct(_runs.AnnotateRequest, _runs.annotate_run)
    check = direct(_check.CheckRequest, _check.check)
    compare = direct(_compare.CompareRequest, _compare.compare)
    cure = direct(_cure.CureRequest, _cure.cure)
    data_info = direct(_data_info.DataInfoRequest, _data_info.data_info)
    delete_run = direct(_runs.DeleteRequest, _runs.delete_run)
    describe = direct(_describe.DescribeRequest, _describe.describe)
    download = direct(_download.DownloadRequest, _download.download)
    examine = direct(_examine.ExamineRequest, _examine.examine)
    explain = direct(_explain.ExplainRequest, _explain.explain)
    explore = direct(_explore.ExploreRequest, _explore.explore)
    export = direct(_export.ExportRequest, _export.export)
    hide_examples = direct(_runs.HideRequest, _runs.hide_examples)
    image_map = direct(_image_map.MapRequest, _image_map.image_map)
    images = direct(_images.ImagesRequest, _images.images)
    import_ = direct(_import.ImportRequest, _import.import_)
    list_replays = direct(_replay.ListReplaysRequest, _replay.list_replays)
    list_runs = direct(_runs.ListRequest, _runs.list_runs)
    plan_cure = direct(_cure.CureRequest, _plan.plan_cure)
    plan_examination = direct(_examine.ExamineRequest, _examine.plan_examination)
    plan_training = direct(_plan.PlanRequest, _plan.plan_training)
    predict = direct(_predict.PredictRequest, _predict.predict)
    relabel = direct(_relabel.RelabelRequest, _relabel.relabel)
    rename_run = direct(_runs.RenameRequest, _runs.rename_run)
    replay = direct(_replay.ReplayRequest, _replay.replay)
    report = direct(_report.ReportRequest, _report.report)
    resume = direct(_train.ResumeRequest, _train.resume)
    saliency = direct(_saliency.SaliencyRequest, _saliency.saliency)
    settings = direct(_settings.SettingsRequest, _settings.settings)
    simulate = direct(_simulate.SimulateRequest, _simulate.simulate)
    suggest = direct(_suggest.SuggestRequest, _suggest.suggest)
    tag = direct(_tag.TagRequest, _tag.tag)
    train = direct(_train.TrainRequest, _train.train)
else:
    _HOMES = {
        "Diagnosis": "hirise.diagnosis",
        "Evaluation": "hirise.evaluation",
        "Evidence": "hirise.diagnosis",
        "Finding": "hirise.diagnosis",
        "InputError": "hirise.errors",
        "Predictions": "hirise.predictions",
        "Recorder": "hirise.recording.recorder",
        "Run": "hirise.runs",
        "diagnose": "hirise.diagnosis",
        "evaluate": "hirise.evaluation",
        "evidence_of": "hirise.diagnosis",
        "figures": "hirise.figures",
        "from_estimator": "hirise.diagnosis",
        "load_run": "hirise.runs",
        "predictions_of": "hirise.predictions",
        "read_predictions": "hirise.predictions",
        "save_run": "hirise.importing",
        "testing": "hirise.testing",
        "write_report": "hirise.reporting",
    }

    def __getattr__(name):
        if name not in __all__:
            raise AttributeError(f"module 'hirise' has no attribute {name!r}")
        if name in _HOMES:
            value = _imported(name)
        else:
            from hirise.actions import action_named, direct

            value = direct(*action_named(name))
        globals()[name] = value
        return value

    def _imported(name):
        try:
            module = import_module(_HOMES[name])
        except ModuleNotFoundError as error:
            missing = (error.name or "").partition(".")[0]
            if missing not in ("plotly", "jinja2", "markupsafe"):
                raise
            advice = f'hirise.{name} needs {missing}: pip install "hirise[report]"'
            raise ModuleNotFoundError(advice, name=missing) from error
        return getattr(module, name, module)

    def __dir__():
        return sorted({*globals(), *__all__})
