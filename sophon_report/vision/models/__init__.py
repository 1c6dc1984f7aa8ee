"""Model files: the catalogue, fetching from the package registries, conversion, golden checks."""
