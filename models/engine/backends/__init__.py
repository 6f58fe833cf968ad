"""Versions of `assay.models.engine.backend.Backend`, one a module, each imported only when it is chosen."""
