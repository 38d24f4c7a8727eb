"""A training whose output goes to a file says how far it is."""

from base_vae.training import line_a_minute
from base_vae.training.line_a_minute import LineAMinute


def test_a_line_a_minute(monkeypatch, capsys) -> None:
    now = [1000.0]
    monkeypatch.setattr(line_a_minute.time, "monotonic", lambda: now[0])
    bar = LineAMinute(20, verbose=2, stateless_metrics=())
    for step in range(1, 20):
        now[0] += 7.0
        bar.update(step, [("loss", 100.0 - step)], finalize=False)
    bar.update(20, [("loss", 80.0)], finalize=True)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" ")[0] for line in lines] == ["9/20", "18/20", "20/20"]
    assert lines[0] == "9/20 - loss: 91"
