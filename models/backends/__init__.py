"""Versions of `assay.models.backend.Backend`, one a module, each imported only when it is chosen."""
