"""`RunRecorder`: one line in any `Trainer` of Transformers makes a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from transformers import TrainerCallback

from hirise.recording.callback import RecordingCallback


class RunRecorder(RecordingCallback, TrainerCallback):  # type: ignore[misc]
    """Records a `Trainer.train` as a run: `callbacks=[RunRecorder(title="my run")]`.

    After each epoch, and its evaluation if there is one, the network predicts images of
    the trainer's own data sets, in inference mode; what the trainer logged is kept
    beside it.

    Parameters
    ----------
    title, class_names, settings, artifacts, on_collapse
        As `hirise.Recorder` takes them. Classes are by default those of the network's
        `config.id2label`.

    Attributes
    ----------
    recorder : Recorder
    run : Run
        The run as it now stands on disk.
    """

    layout = "transformers"

    def __init__(self, title: str = "run", **options: Any) -> None:
        super().__init__(title, **options)
        self._logged: dict[str, Any] = {}
        self._is_pending = False

    def on_train_begin(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        recorder, model = self.recorder, given.get("model")
        recorder.settings.setdefault("epochs", int(args.num_train_epochs))
        recorder.settings.setdefault("label_encoding", "ids")
        names = getattr(getattr(model, "config", None), "id2label", None)
        if recorder.class_names is None and names:
            recorder.class_names = tuple(str(names[key]) for key in sorted(names))
        recorder.watch(model, loss="cross_entropy")
        recorder.__enter__()

    def on_log(
        self, args: Any, state: Any, control: Any, logs: Any = None, **given: Any
    ) -> None:
        self._logged.update(logs or {})

    def on_epoch_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        # Losses are logged, and the evaluation is made, only after this.
        self._is_pending = True

    def on_evaluate(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        self._record(given)

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        self._record(given)

    def on_train_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        self._record(given)
        self.recorder.finish()

    def _record(self, given: Mapping[str, Any]) -> None:
        """Record the epoch that has ended, unless it is recorded already."""
        if not self._is_pending:
            return
        self._is_pending = False
        metrics = {
            name: value
            for name, value in self._logged.items()
            if isinstance(value, int | float) and name != "epoch"
        }
        self._logged = {}
        self.recorder.log_epoch(
            train=given.get("train_dataloader"),
            val=given.get("eval_dataloader"),
            **metrics,
        )
