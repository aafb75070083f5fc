"""`RunRecorder`: one line in any `Trainer` of Lightning makes a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer

from hirise.history.names import is_of_epochs
from hirise.recording.callback import RecordingCallback


class RunRecorder(RecordingCallback, Callback):  # type: ignore[misc]
    """Records a `Trainer.fit` as a run: `callbacks=[RunRecorder(title="my run")]`.

    After each epoch the network predicts images of the trainer's own loaders, in
    inference mode; what the module logged is kept beside it.

    Parameters
    ----------
    title, class_names, settings, artifacts, on_collapse
        As `hirise.Recorder` takes them.

    Attributes
    ----------
    recorder : Recorder
    run : Run
        The run as it now stands on disk.
    """

    layout = "lightning"

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.recorder.settings.setdefault("epochs", trainer.max_epochs)
        self.recorder.watch(pl_module)
        self.recorder.__enter__()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        metrics = dict(trainer.callback_metrics)
        # Of one curve by step and by epoch, that by epoch.
        names = sorted(metrics, key=lambda name: not is_of_epochs(name))
        self.recorder.log_epoch(
            train=trainer.train_dataloader,
            val=_one_loader(trainer.val_dataloaders),
            **{name: metrics[name] for name in names if not name.endswith("_step")},
        )

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.recorder.finish()

    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        self.recorder.__exit__(type(exception), exception, None)


def _one_loader(loaders: Any) -> Any:
    """The first of several loaders; None if there is none."""
    if isinstance(loaders, Mapping):
        loaders = list(loaders.values())
    if isinstance(loaders, list | tuple):
        return loaders[0] if loaders else None
    return loaders
