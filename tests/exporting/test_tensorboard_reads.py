"""TensorBoard itself reads what was exported; it comes with the extra `dev`."""

import pytest

from hirise.exporting import export_tensorboard

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def accumulate():
    """`accumulate(folder)`: what TensorBoard's own reader makes of it."""
    module = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator",
        reason="needs TensorBoard",
    )

    def accumulate(folder):
        return module.EventAccumulator(str(folder)).Reload()

    return accumulate


def test_curves_frequencies_scores_and_verdict(run, tmp_path, accumulate):
    target = export_tensorboard(run, tmp_path)
    train, val = accumulate(target / "train"), accumulate(target / "validation")
    assert [(p.step, p.value) for p in train.Scalars("epoch_loss")] == [
        (0, 1),
        (1, 0.5),
    ]
    assert [(p.step, p.value) for p in val.Scalars("epoch_loss")] == [(0, 2), (1, 1)]
    times = [point.wall_time for point in train.Scalars("epoch_loss")]
    assert times[1] - times[0] == 10
    shares = train.Scalars("predicted_share/a_b__c_-2")
    assert [point.value for point in shares] == [0.25, 0.25]
    shown = train.SummaryMetadata("predicted_share/a_b__c_-2").display_name
    assert shown == "a/b <c>"
    (accuracy,) = val.Scalars("final/accuracy")
    assert (accuracy.step, accuracy.value) == (1, 0.75)
    assert val.PluginTagToContent("text").keys() == {"verdict"}
    assert val.PluginTagToContent("scalars").keys() >= {"epoch_loss", "final/kappa"}


def test_the_verdict_is_shown_as_it_is(run, tmp_path, accumulate):
    plugin_util = pytest.importorskip("tensorboard.plugin_util")
    from tensorboard.util import tensor_util

    val = accumulate(export_tensorboard(run, tmp_path) / "validation")
    (event,) = val.Tensors("verdict")
    text = tensor_util.make_ndarray(event.tensor_proto).item()
    shown = plugin_util.markdown_to_safe_html(text)
    assert "<strong>_My_ run</strong>" in shown
    assert "Collapsed: all 40 val images are predicted as 'a/b *c*'." in shown
    assert "<td>accuracy</td>" in shown
