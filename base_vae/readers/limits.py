"""How much is read of one file before it is refused: far above what people have, far below an attack."""

import dataclasses

from base_vae.errors import UserError, raise_all
from base_vae.ranges import Range, field_errors

_ANY_SIZE = Range(0, above=True, infinite=True)


@dataclasses.dataclass(frozen=True)
class Limits:
    """The most that is taken; each has a flag of the same name in the commands that read music.

    Attributes:
      max_file_mb: megabytes (2**20 bytes) of a file that is read whole, and of a file inside a .zip.
      max_piece_notes: notes of one piece.
      max_piece_events: events of a MIDI file, notes or not.
      max_piece_changes: tempos and time signatures of one piece; each may begin a stretch of its own.
      max_piece_hours: until the last note of a piece ends.
      max_piece_quarters: quarter notes until then, at whatever tempo.
      max_zip_files: files inside one .zip.
      max_zip_mb: megabytes of all files inside one .zip, unpacked.
      max_zip_ratio: how many times larger a file inside a .zip may be unpacked.
      raised_by: the way in which a person raises the limit `{name}`, for messages.
    """

    max_file_mb: float = 32.0
    max_piece_notes: int = 1_000_000
    max_piece_events: int = 4_000_000
    max_piece_changes: int = 20_000
    max_piece_hours: float = 12.0
    max_piece_quarters: int = 250_000
    max_zip_files: int = 200_000
    max_zip_mb: float = 16_384.0
    max_zip_ratio: float = 250.0
    raised_by: str = dataclasses.field(default="limits=base_vae.Limits({name}=...)", repr=False)

    def __post_init__(self) -> None:
        names = [field.name for field in dataclasses.fields(self) if field.name != "raised_by"]
        raise_all(list(field_errors(self, dict.fromkeys(names, _ANY_SIZE)).values()))

    def check(self, name: str, received: float, what: str, unit: str = "") -> None:
        """Raises UserError where `received` is more than the limit `name` allows.

        Args:
          name: one of the attributes.
          received: in the limit's own unit.
          what: is too large, as the subject of a sentence.
          unit: what is counted.
        """
        allowed = getattr(self, name)
        if received > allowed:
            unit = f" {unit}" if unit else ""
            raise UserError(
                f"{what} is too large: {allowed:,g}{unit} are allowed, {received:,.6g} received "
                f"({self.raised_by.format(name=name)} raises the limit)"
            )


DEFAULT_LIMITS = Limits()
