"""Makes the audio fixtures from the reference clip and its published log-mel spectrogram.

    python make_audio.py REFERENCE_FOLDER

REFERENCE_FOLDER holds `pvt_panns.safetensors` and `inputs/audio.wav`. Needs NumPy and soxr.
"""

import json
import pathlib
import struct
import sys
import wave

import numpy as np
import soxr

here = pathlib.Path(__file__).parent / "audio"
here.mkdir(exist_ok=True)
reference = pathlib.Path(sys.argv[1])


def tensor(path, name):
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    entry = json.loads(data[8 : 8 + length])[name]
    begin, end = entry["data_offsets"]
    return np.frombuffer(data[8 + length + begin : 8 + length + end], "<f4").reshape(entry["shape"])


def write(path, samples, rate):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())


# The second second of the reference clip, and its log-mel spectrogram [101, 64].
second = 1
waveform = tensor(reference / "pvt_panns.safetensors", "waveform")[second]
write(here / "second.wav", np.round(waveform * 32768)[:, None], 16000)
logmel = tensor(reference / "pvt_panns.safetensors", "panns_logmel")[second, 0]
(here / "second.panns.f32").write_bytes(logmel.astype("<f4").tobytes())

# A tenth of a second of stereo at 44.1 kHz, and what soxr's HQ recipe makes of its mean.
t = np.arange(4410) / 44100
left = 0.5 * np.sin(2 * np.pi * 440 * t) + 0.2 * np.sin(2 * np.pi * 5000 * t)
right = 0.4 * np.sin(2 * np.pi * (300 + 8000 * t) * t)
stereo = np.round(np.stack([left, right], 1) * 32767)
write(here / "stereo-44100.wav", stereo, 44100)
mono = (stereo.astype(np.float32) / 32768).mean(1)
(here / "stereo-44100.16000.f32").write_bytes(soxr.resample(mono, 44100, 16000, "HQ").astype("<f4").tobytes())
