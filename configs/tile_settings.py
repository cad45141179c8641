"""The settings of a detector's look at large pictures in tiles."""

from typing import Self

from pydantic import Field, model_validator

from configs.section import Section


class TileSettings(Section):
    """Looking at a large picture in overlapping tiles where nothing sure was found before."""

    min_longer_side: int = Field(
        2400, ge=640, le=20_000, description="Pictures with a shorter longer side get no tiles."
    )
    image_size: int = Field(
        1600,
        ge=640,
        le=8192,
        description="Longer side to which a picture is scaled, never up, before it is cut; pixels.",
    )
    tile_size: int = Field(
        640, ge=160, le=1920, multiple_of=32, description="Longest side of a tile, pixels."
    )
    overlap: int = Field(
        96,
        ge=0,
        le=960,
        description="Pixels that neighbours share; no less than the widest plate to be found.",
    )
    max_tiles: int = Field(
        9, ge=1, le=64, description="Most tiles of one picture that are looked at, likeliest first."
    )

    @model_validator(mode="after")
    def _tiles_advance(self) -> Self:
        if 2 * self.overlap > self.tile_size:
            raise ValueError("tiles.overlap must be at most half of tiles.tile_size")
        return self
