"""Marks of generators and editors: found where they are written, and nowhere else."""

import json
import time

import pytest

from assay.detect.marks import marks_of
from assay.detect.media import Facts

A1111 = "a cat on a sofa\nNegative prompt: blurry\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512"
COMFY = json.dumps(
    {
        "3": {"class_type": "KSampler", "inputs": {}},
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {}},
    }
)
RESIZE = json.dumps(
    {"1": {"class_type": "LoadImage", "inputs": {}}, "2": {"class_type": "ImageScale", "inputs": {}}}
)
NUMBER = "01234567-89ab-cdef-0123-456789abcdef"
SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def facts(**changes: object) -> Facts:
    plain: dict[str, object] = {
        "sha256": "0" * 64, "media": "png", "width": 10, "height": 10, "stored_width": 10,
        "stored_height": 10, "mode": "RGB", "orientation": 1,
        "profile": None, "exif": {}, "iptc": {}, "text": {}, "xmp": "", "comment": "", "notes": [],
        "metadata_cut": False, "ends": True, "trailing_bytes": 0, "trailing_head": "", "manifest_bytes": 0,
        "manifest_marks": [], "jpeg": None, "thumbnail_jpeg": None,
    }  # fmt: skip
    return Facts.model_validate(plain | changes)


@pytest.mark.parametrize(
    ("changes", "meaning", "who"),
    [
        ({"text": {"parameters": A1111}}, "generated", "Stable Diffusion web interface"),
        ({"exif": {"UserComment": A1111}}, "generated", "Stable Diffusion web interface"),
        ({"comment": A1111}, "generated", "Stable Diffusion web interface"),
        ({"text": {"parameters": '{"sui_image_params": {"prompt": "x"}}'}}, "generated", "SwarmUI"),
        ({"text": {"prompt": COMFY}}, "generated", "ComfyUI"),
        ({"text": {"prompt": COMFY[:60]}}, "generated", "ComfyUI"),
        ({"text": {"prompt": RESIZE}}, "processed", "ComfyUI"),
        ({"text": {"invokeai_metadata": "{}"}}, "generated", "InvokeAI"),
        ({"text": {"Software": "NovelAI"}}, "generated", "NovelAI"),
        (
            {"text": {"Description": "a cat --v 6.1 Job ID: 01234567-89ab-cdef-0123-456789abcdef"}},
            "generated",
            "Midjourney",
        ),
        ({"exif": {"Software": "Adobe Firefly"}}, "generated", "Adobe Firefly"),
        ({"exif": {"Make": "Midjourney"}}, "generated", "Midjourney"),
        (
            {"xmp": f'<x Iptc4xmpExt:DigitalSourceType="{SOURCE}trainedAlgorithmicMedia"/>'},
            "generated",
            "IPTC digital source type",
        ),
        (
            {"xmp": f"<a>{SOURCE}compositeWithTrainedAlgorithmicMedia</a>"},
            "edited-by-model",
            "IPTC digital source type",
        ),
        ({"xmp": f"<a>{SOURCE}digitalCapture</a>"}, "captured", "IPTC digital source type"),
        ({"xmp": f"<a>{SOURCE}digitalArt</a>"}, "processed", "IPTC digital source type"),
        ({"iptc": {"Credit": "Made with Google AI"}}, "generated", "Google"),
        ({"xmp": "<photoshop:Credit>Edited with Google AI</photoshop:Credit>"}, "edited-by-model", "Google"),
        ({"manifest_marks": ["trainedAlgorithmicMedia", "OpenAI"]}, "generated", "IPTC digital source type"),
        ({"text": {"parameters": f"{A1111}, App: SD.Next"}}, "generated", "SD.Next"),
        ({"text": {"parameters": f"{A1111}, Version: f2.0.1"}}, "generated", "Stable Diffusion WebUI Forge"),
        ({"text": {"smproj": "{}"}}, "generated", "Stability Matrix"),
        ({"exif": {"Make": f"workflow:{COMFY}"}}, "generated", "ComfyUI"),
        ({"exif": {"Model": f"prompt:{COMFY}"}}, "generated", "ComfyUI"),
        (
            {"exif": {"ImageDescription": f"Signature: {'aB3+' * 20}", "Artist": NUMBER}},
            "generated",
            "Grok (xAI)",
        ),
        ({"text": {"AIGC": '{"Label":"1","ContentProducer":"x"}'}}, "generated", "label of GB 45438"),
        ({"xmp": "<TC260:AIGC>{&quot;Label&quot;:&quot;1&quot;}</TC260:AIGC>"}, "generated", "label of GB 45438"),
        ({"exif": {"UserComment": '{"AIGC": {"Label": "1"}}'}}, "generated", "label of GB 45438"),
        (
            {"xmp": '<x Iptc4xmpExt:DigitalSourceType="trainedAlgorithmicMedia"/>'},
            "generated",
            "IPTC digital source type",
        ),
        ({"iptc": {"Credit": "Apple Photos Clean Up"}}, "edited-by-model", "Apple"),
        ({"exif": {"Software": "GIMP 2.10"}}, "editor", "GIMP 2.10"),
        ({"xmp": '<x xmp:CreatorTool="Adobe Photoshop 25"/>'}, "editor", "Adobe Photoshop 25"),
    ],
)
def test_a_mark_is_found_and_understood(changes: dict[str, object], meaning: str, who: str) -> None:
    (mark,) = marks_of(facts(**changes))
    assert (mark.meaning, mark.who) == (meaning, who)
    assert mark.where and len(mark.what) <= 120


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"text": {"parameters": "aperture f/2, 20 Steps to the sea"}},
        {"text": {"prompt": "what is this?"}},
        {"text": {"workflow": "scan, crop, print"}},
        {"text": {"prompt": '{"nodes": []}'}},
        {"exif": {"Make": "Canon", "Model": "Canon EOS 5D", "Software": "Firmware 1.0.2"}},
        {"exif": {"ImageDescription": "The influx of 1 visitors; steps: many"}},
        {"xmp": "<photoshop:Credit>Midjourney Press Agency</photoshop:Credit>"},
        {"iptc": {"Caption": "An OpenAI spokesperson speaks"}},
        {"manifest_marks": ["OpenAI", "ChatGPT"]},
        {"text": {"AIGC": '{"Label":"2"}'}},
        {"exif": {"ImageDescription": "Signature: mine", "Artist": NUMBER}},
        {"exif": {"Make": "workflow: scan, crop, print"}},
    ],
)
def test_ordinary_words_are_no_marks(changes: dict[str, object]) -> None:
    assert marks_of(facts(**changes)) == []


@pytest.mark.parametrize("place", ["xmp", "manifest"])
def test_a_generated_part_makes_no_generated_picture(place: str) -> None:
    codes = ["trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia"]
    packet = "".join(f"<a>{SOURCE}{code}</a>" for code in codes)
    (mark,) = marks_of(facts(xmp=packet) if place == "xmp" else facts(manifest_marks=codes))
    assert mark.meaning == "edited-by-model"


def test_a_claim_made_twice_in_one_place_is_told_once() -> None:
    found = marks_of(facts(xmp=f"<a>{SOURCE}trainedAlgorithmicMedia</a>" * 3))
    assert len(found) == 1


@pytest.mark.parametrize(
    "value",
    ["[" * 60_000, '{"a":' * 10_000, "Steps: 1" * 8000, "Job ID: " * 8000, "--v " + "a" * 60_000, "--v a" * 12_000,
     "Negative prompt: " * 3500, "Software" + " " * 60_000, "Software=" * 7000,
     "DigitalSourceType>" + " " * 60_000, "AIGC" * 12_000, 'AIGC{"Label"' + " " * 60_000, "Signature: " + "a" * 60_000,
     "xmp:CreateDate>" + "2" * 60_000, '"type":"' * 8000, '{"type"' + " " * 60_000],
)  # fmt: skip
def test_hostile_text_takes_no_time(value: str) -> None:
    begun = time.process_time()
    text = dict.fromkeys(("prompt", "workflow", "parameters", "Comment", "Software", "x"), value)
    marks_of(facts(text=text, xmp=value, comment=value, exif={"UserComment": value, "Software": value}))
    assert time.process_time() - begun < 2
