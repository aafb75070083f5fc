import numpy as np
import pandas as pd

from hirise.evaluation import metrics_table


def test_metrics_have_titles_and_meanings_and_undefined_ones_stay_empty():
    summary = pd.DataFrame(
        {"value": [0.5, np.nan], "low": [0.4, np.nan], "high": [0.6, np.nan]},
        index=["ece", "accuracy"],
    )
    table = metrics_table(summary)
    assert list(table["metric"]) == ["Accuracy", "Calibration error"]
    assert np.isnan(table.loc[0, "value"])
    assert table.loc[1, ["value", "low", "high"]].tolist() == [0.5, 0.4, 0.6]
    assert (table["meaning"] != "").all()
