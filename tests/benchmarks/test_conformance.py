"""The figures of the original, case by case; and that the comparison can fail."""

import numpy as np
import pytest

from benchmarks.conformance.__main__ import check_file, main
from tests.paths import GOLDEN

CASES = sorted(GOLDEN.glob("*/*.npz"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_agrees_with_the_original(path):
    good, line = check_file(path)
    assert good, line


@pytest.mark.parametrize("changed", ["var/encoder/mu/kernel", "dec/rnn_output", "train/loss_3steps"])
def test_a_changed_figure_is_noticed(tmp_path, changed):
    case = dict(np.load(GOLDEN / "models" / "bilstm_cat.npz"))
    case[changed] = case[changed] + 0.01
    np.savez(tmp_path / "case.npz", **case)
    good, line = check_file(tmp_path / "case.npz")
    assert not good
    assert "allowed" in line


def test_a_missing_example_is_noticed(tmp_path):
    case = dict(np.load(GOLDEN / "converters_synthetic" / "mel_2bar__melody_a.npz"))
    case["all/inputs"] = case["all/inputs"][1:]
    np.savez(tmp_path / "case.npz", **case)
    assert not check_file(tmp_path / "case.npz")[0]


def test_a_case_of_an_unknown_kind_fails(tmp_path):
    case = dict(np.load(GOLDEN / "models" / "bilstm_cat.npz"))
    case["meta_json"] = np.array(str(case["meta_json"]).replace("CategoricalLstmDecoder", "UnknownDecoder"))
    np.savez(tmp_path / "case.npz", **case)
    good, line = check_file(tmp_path / "case.npz")
    assert not good
    assert "cannot be checked" in line


def test_no_case_at_all_is_a_failure(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.argv", ["conformance", f"--golden={tmp_path}"])
    assert main() == 1
