"""Requests of the page, and pieces in a form to compare."""

from tests.paths import EXAMPLES

REEL = (EXAMPLES / "reels" / "devils_dream.abc").read_bytes()
PLAY = {"knobs": [0.5, -1, 0, 1], "seed": 7, "temperature": 0.5, "bars": 2}


def verb(client, name, **fields):
    answer = client.post(f"/api/verbs/{name}", json=fields)
    assert answer.status_code == 200, answer.json()
    return answer.json()


def fields_of(piece, **more):
    return {"notes": piece["notes"], "quarters": piece["quarters"], "title": "A <b>tune</b>", **more}


def rows(notes):
    return sorted((note[0], round(note[1], 2), round(note[2], 2)) for note in notes)


def rows_of(sequence, qpm):
    beat = 60 / qpm
    return rows((note.pitch, note.start_time / beat, note.end_time / beat) for note in sequence.notes)
