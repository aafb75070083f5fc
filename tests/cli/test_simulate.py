from __future__ import annotations

import pytest

from hirise.__main__ import run

pytestmark = pytest.mark.tensorflow


def test_simulate_then_info_calls_it_simulated(tmp_path, capsys):
    folder = tmp_path / "mars"
    assert run(["data", "simulate", "--to", str(folder), "--landmarks", "40"]) == 0
    captured = capsys.readouterr()
    assert f"{folder}: 208 simulated images of 40 landmarks, seed 0" in captured.out
    assert "Simulating: 40 of 40 landmarks\n" in captured.out
    assert f"Next: hirise train --data {folder} --split published" in captured.out
    assert captured.err == ""
    assert run(["data", "info", str(folder)]) == 0
    shown = capsys.readouterr().out
    assert f"{folder} (simulated)" in shown
    assert "published        possible" in shown


def test_a_folder_in_use_is_one_line(tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("mine")
    assert run(["data", "simulate", "--to", str(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert "holds something else (notes.txt)" in captured.err


def test_simulated_as_data_is_made_once_and_kept(capsys):
    words = ["train", "--data", "simulated:40:3", "--recipe", "blog"]
    words += ["--fractions", ".5,.4,.3"]  # refused once the images are there
    assert run(words) == 2
    captured = capsys.readouterr()
    assert "Simulating: 40 of 40 landmarks\nSimulated Mars is kept in" in captured.out
    assert "Give three positive numbers" in captured.err
    assert run(words) == 2
    assert capsys.readouterr().out.startswith("Simulated Mars, kept in")


def test_a_folder_of_that_name_is_taken_first(tmp_path, monkeypatch, capsys):
    (tmp_path / "simulated").mkdir()
    monkeypatch.chdir(tmp_path)
    assert run(["train", "--data", "simulated", "--recipe", "blog"]) == 2
    assert "Simulating" not in capsys.readouterr().out
