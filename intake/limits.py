"""Every limit on what comes in, by name.

A limit is not a guess about honest files: it is the most that a hostile one may cost. Each is enforced either before
any decoder runs (file size, folder size), inside the bounded child before pixels are made (pixels, metadata), or by
the operating system and the parent process around the child (memory, processor time, wall time, open files).
"""

from dataclasses import dataclass

__all__ = ["DEFAULT", "Limits"]

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one exhibit, one folder or one child process may cost.

    Attributes
    ----------
    file_bytes : int
        Largest exhibit, in bytes. Larger: ``too-many-bytes``, before a single byte is read.
    pixels : int
        Most pixels (width x height) of a picture, read from its header. More: ``too-many-pixels``, before decoding.
        A picture of 100 megapixels, the largest that common cameras make, passes.
    searched_pixels : int
        Most pixels of a picture that analyzers search one by one for edits; of a larger one they say ``too-large``.
    frames : int
        Most pictures, pages or frames of one file that are counted; one of them is assayed. Beyond it the file's
        parts are not walked further.
    metadata_bytes : int
        Most bytes of metadata (EXIF, XMP, IPTC, text) handed out of the child for one exhibit; the rest is cut
        and the facts say so.
    metadata_entries : int
        Most metadata fields handed out for one exhibit.
    metadata_value_chars : int
        Longest single metadata value; longer ones are cut and marked.
    thumbnail_side : int
        Longest side of an embedded thumbnail, in pixels; a larger one is not decoded.
    folder_depth : int
        Deepest nesting of folders that is walked. Deeper: ``folder-too-deep`` for that folder.
    folder_entries : int
        Most files taken from one folder given on the command line. More: ``folder-too-large`` for the rest.
    remembered_pictures : int
        Most pictures of a batch that later ones are compared with for near twins; the rest is compared and forgotten.
    known_entries : int
        Most entries of a list of known pictures; those beyond it are counted.
    known_line_bytes : int
        Longest line of such a list.
    manifest_bytes : int
        Longest manifest of labelled files. Longer: it is refused.
    manifest_rows : int
        Most lines of one. More: it is refused.
    video_streams : int
        Most streams of a video. More: ``decoder-memory``, before any is decoded.
    video_packets : int
        Most packets of the stream that are read; what follows is not looked at, and the facts say so.
    video_frame_pixels : int
        Most pixels of one frame, by its header and again when it is decoded. More: ``too-many-pixels``.
    video_decoded_pixels : int
        Most pixels that are decoded in one call. A video with more is looked at by its key frames only, said.
    video_read_bytes : int
        Most bytes that the demuxer may read in one call, since a hostile index can send it back and forth.
    video_seconds : float
        Wall time after which looking at frames ends; what was seen until then counts, and the verdict says so.
    child_memory_bytes : int
        Address space of the child process. Beyond it: ``decoder-memory``.
    child_cpu_seconds : int
        Processor time of one child process. A child that has used half of it is replaced before its next job,
        so that each job has at least the other half. Beyond it: ``decoder-timeout``.
    child_wall_seconds : float
        Wall time of one job in the child; the parent kills it then: ``decoder-timeout``.
    child_start_seconds : float
        Wall time that a child may take to start.
    child_open_files : int
        Open files of the child process.
    reply_header_bytes : int
        Longest JSON header that the parent accepts from a child. Longer: ``decoder-misbehaved``.
    reply_array_bytes : int
        Most array bytes that the parent accepts in one reply from a child. More: ``decoder-misbehaved``.
    """

    file_bytes: int = 512 * _MIB
    pixels: int = 128_000_000
    searched_pixels: int = 50_000_000
    frames: int = 100_000
    metadata_bytes: int = 1 * _MIB
    metadata_entries: int = 512
    metadata_value_chars: int = 65_536
    thumbnail_side: int = 640
    folder_depth: int = 32
    folder_entries: int = 1_000_000
    remembered_pictures: int = 1_000_000
    known_entries: int = 5_000_000
    known_line_bytes: int = 65_536
    manifest_bytes: int = 1024 * _MIB
    manifest_rows: int = 5_000_000
    video_streams: int = 32
    video_packets: int = 2_000_000
    video_frame_pixels: int = 36_000_000
    video_decoded_pixels: int = 1_500_000_000
    video_read_bytes: int = 2048 * _MIB
    video_seconds: float = 20.0
    child_memory_bytes: int = 2048 * _MIB
    child_cpu_seconds: int = 120
    child_wall_seconds: float = 30.0
    child_start_seconds: float = 20.0
    child_open_files: int = 64
    reply_header_bytes: int = 8 * _MIB
    reply_array_bytes: int = 4 * 128_000_000


DEFAULT = Limits()
