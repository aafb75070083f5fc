"""How far an action is, and how long it will still take."""

from hirise.progress import Progress


def test_the_time_left_counts_on_over_steps_of_one_total(monkeypatch):
    now = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    progress = Progress()
    progress.update("Epoch 2 of 4", 10, 40)
    assert progress.status.seconds_left is None
    now = 5.0
    progress.update("Epoch 2 of 4", 20, 40)
    assert (progress.status.fraction, progress.status.seconds_left) == (0.5, 10)
    now = 10.0
    progress.update("Epoch 3 of 4", 30, 40)
    assert (progress.status.step, progress.status.seconds_left) == ("Epoch 3 of 4", 5)


def test_another_step_is_estimated_anew(monkeypatch):
    now = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    progress = Progress()
    progress.update("Reading", 0, 10)
    now = 100.0
    progress.update("Reading", 10, 10)
    progress.update("Predicting", 0, 10)
    now = 101.0
    progress.update("Predicting", 5, 10)
    assert progress.status.seconds_left == 1
    progress.say("half")
    assert (progress.status.message, progress.status.fraction) == ("half", 0.5)
    progress.update("Writing")
    assert (progress.status.fraction, progress.status.seconds_left) == (None, None)
