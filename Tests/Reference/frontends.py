"""Audio front ends: samples [T, 16000] at 16 kHz, one row a second -> what each encoder is fed."""

import math

import numpy as np
import torch
import torch.nn.functional as F

RATE, HOP = 16_000, 160
FFT_BINS = np.arange(257) * 31.25  # Hz, of a transform of 512 samples


def triangles(bins, edges, to_scale=None, equal_area=False):
    """Triangular filters, linear in the scale if it is given, else in Hz; float64 [bins, filters]."""
    x, e = (to_scale(bins)[:, None], to_scale(edges)) if to_scale else (bins[:, None], edges)
    rising, falling = (x - e[:-2]) / (e[1:-1] - e[:-2]), (e[2:] - x) / (e[2:] - e[1:-1])
    filters = np.maximum(0, np.minimum(rising, falling))
    return filters * 2 / (edges[2:] - edges[:-2]) if equal_area else filters


def htk_mel(hz):
    return 1127.0 * np.log1p(np.asarray(hz) / 700.0)


def htk_edges(low, high, filters):
    """The edges in Hz of filters that are equally wide in HTK's mel."""
    return 700.0 * np.expm1(np.linspace(htk_mel(low), htk_mel(high), filters + 2) / 1127.0)


def slaney_edges(low, high, filters):
    """The same in Slaney's mel: linear below 1 kHz, logarithmic above."""
    step = math.log(6.4) / 27

    def mel(hz):
        return hz * 3 / 200 if hz < 1000 else 15 + math.log(hz / 1000) / step

    mels = np.linspace(mel(low), mel(high), filters + 2)
    return np.where(mels < 15, mels * 200 / 3, 1000 * np.exp(step * (mels - 15)))


VGGISH_WINDOW = torch.hann_window(400, periodic=True, dtype=torch.float64)
VGGISH_FILTERS = torch.from_numpy(triangles(FFT_BINS, htk_edges(125, 7500, 64), htk_mel))
VGGISH_FILTERS[0] = 0
PANNS_WINDOW = torch.hann_window(512, periodic=True)
PANNS_FILTERS = torch.from_numpy(triangles(FFT_BINS, slaney_edges(50, 8000, 64), equal_area=True)).float()
KALDI_WINDOW = torch.hann_window(400, periodic=False) ** 0.85
KALDI_FILTERS = torch.from_numpy(triangles(FFT_BINS, htk_edges(20, 8000, 128), htk_mel)).float()


def power_spectrum(frames):
    """[..., n] -> [..., 257], n at most 512."""
    return torch.view_as_real(torch.fft.rfft(frames, 512)).square_().sum(-1)


def vggish_log_mel(waveform):
    """-> log-mels [T, 1, 96, 64] of magnitudes, as AVSBench cuts a clip: 0.96 s each, one behind the other."""
    seconds = len(waveform)
    frames = waveform.reshape(-1).double().unfold(0, 400, HOP)[:96 * seconds]
    magnitudes = torch.fft.rfft(frames * VGGISH_WINDOW, 512).abs()
    return torch.log(magnitudes @ VGGISH_FILTERS + 0.01).float().view(seconds, 1, 96, 64)


def panns_log_mel(waveform):
    """-> log-mels [T, 1, 101, 64] of powers in dB, frames centred, the ends reflected."""
    frames = F.pad(waveform[:, None], (256, 256), mode="reflect")[:, 0].unfold(1, 512, HOP)
    mels = power_spectrum(frames * PANNS_WINDOW) @ PANNS_FILTERS
    return 10 * torch.log10(torch.clamp(mels, min=1e-10))[:, None]


def beats_filter_bank(waveform):
    """-> Kaldi's filter bank [T, 98, 128], with the mean and twice the standard deviation of BEATs' training set."""
    frames = (waveform * 32768.0).unfold(1, 400, HOP)
    frames = frames - frames.mean(-1, keepdim=True)
    frames = frames - 0.97 * torch.cat((frames[..., :1], frames[..., :-1]), -1)
    mels = power_spectrum(frames * KALDI_WINDOW) @ KALDI_FILTERS
    return (torch.log(torch.clamp(mels, min=1.1920929e-7)) - 15.41663) / (2 * 6.55582)
