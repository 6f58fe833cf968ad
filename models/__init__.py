"""The common inference core: arrays in, raw and calibrated scores out, and which artifact said so."""
