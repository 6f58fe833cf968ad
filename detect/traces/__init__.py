"""Traces that cameras, codecs and editors leave in pixels: arrays in, numbers and maps out, no training."""
