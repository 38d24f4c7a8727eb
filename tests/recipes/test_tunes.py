from base_vae.checkpoints import model_folder
from base_vae.loading import load
from base_vae.music.midi_file import write_midi
from base_vae.tunes.denoiser import DenoiserHParams
from base_vae.tunes.loading import load as load_tunes
from base_vae.tunes.playing import to_sequence
from base_vae.tunes.training import TuneTraining
from recipes.tunes.__main__ import make
from recipes.tunes.recipe import Recipe, Selection, find, names
from tests.tiny_models import CONFIG, lively_model
from tests.tunes.tiny import song


def test_a_recipe_makes_a_model_beside_its_base_that_composes(tmp_path) -> None:
    base = tmp_path / "base"
    model_folder.save(lively_model(), CONFIG, base, "A base for tests.")
    for number in range(6):
        (tmp_path / "songs").mkdir(exist_ok=True)
        write_midi(to_sequence(song(8, seed=number), CONFIG.converter), tmp_path / "songs" / f"{number}.mid")
    recipe = Recipe(
        base=str(base),
        music=(Selection("my songs", ("songs",), every=3),),
        hparams=DenoiserHParams(directions=4, width=16, layers=1, heads=2),
        training=TuneTraining(steps=3, batch_size=4, precision="bfloat16"),
        transpositions=2,
    )
    make(recipe, tmp_path, tmp_path / "cache", None)
    card = (base / "tunes" / "README.md").read_text()
    assert "3 steps of 4" in card and "held-out songs" in card
    model = load_tunes(load(base))
    assert len(model.compose(1, num_bars=8).songs[0]) == 4


def test_every_recipe_of_tunes_can_be_read() -> None:
    assert [find(name).base for name in names()] == ["mel_2bar"]
