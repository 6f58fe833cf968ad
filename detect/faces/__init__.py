"""Faces: found, aligned, judged for quality, and followed through a video. The same crops in training and in use."""
