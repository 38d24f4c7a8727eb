"""The output heads that there are, by name, and the kind of space whose steps each gives."""

from base_vae.spaces import Binary, Categorical, MultiCategorical, Real, Space

HEAD_SPACES: dict[str, type[Space]] = {
    "categorical": Categorical,
    "multi_categorical": MultiCategorical,
    "boolean": Binary,
    "nade": Binary,
    "groove": Real,
}
