"""Numbers that the audio features of packages/data are tested against, computed with NumPy in float64.

    python3 tools/golden/make_audio_cases.py > packages/data/src/fixtures/audio-features.json

Nothing here follows the TypeScript sources: frames, windows, filters, cosine transform and differences are written as the
HTK Book (sections 5.3, 5.4, 5.6 and 5.9) and Slaney's Auditory Toolbox define them, with whole matrices.
"""

import json

import numpy as np

RATE, COUNT = 8000, 1000


def signal():
    t = np.arange(COUNT) / RATE
    tones = 0.5 * np.sin(2 * np.pi * 440 * t) + 0.25 * np.sin(2 * np.pi * 1777 * t + 1)
    return (tones + 0.1 * np.cos(2 * np.pi * 9000 * t * t)).astype(np.float32).astype(np.float64)


def windows(kind, size):
    if kind == "hann":
        return np.hanning(size)
    return np.hamming(size) if kind == "hamming" else np.hanning(size) ** 0.85


def mel(scale, hertz):
    hertz = np.asarray(hertz, dtype=np.float64)
    if scale == "htk":
        return 1127.0 * np.log1p(hertz / 700.0) * (2595.0 / np.log(10.0) / 1127.0)
    return np.where(hertz < 1000, hertz * 0.015, 15 + np.log(np.maximum(hertz, 1) / 1000) / (np.log(6.4) / 27))


def filters(scale, bands, low, high, fft):
    # The mel scale is inverted numerically, by interpolation on a fine grid.
    grid = np.linspace(0, RATE / 2, 4_000_001)
    corners = np.interp(np.linspace(mel(scale, low), mel(scale, high), bands + 2), mel(scale, grid), grid)
    bins = np.arange(fft // 2 + 1) * RATE / fft
    left, centre, right = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    triangles = np.maximum(0, np.minimum((bins - left) / (centre - left), (right - bins) / (right - centre)))
    return triangles * 2 / (right - left) if scale == "slaney" else triangles


def spectra(settings):
    x = signal()
    x = x - settings["preEmphasis"] * np.concatenate([x[:1], x[:-1]])
    size, hop = round(settings["windowSeconds"] * RATE), round(settings["hopSeconds"] * RATE)
    frames = np.stack([x[s : s + size] for s in range(0, len(x) - size + 1, hop)])
    fft = 1 << (size - 1).bit_length()
    return np.abs(np.fft.rfft(frames * windows(settings["window"], size), fft)) ** 2, fft


def delta(rows, width=2):
    padded = np.concatenate([rows[:1]] * width + [rows] + [rows[-1:]] * width)
    total = sum(k * (padded[width + k :][: len(rows)] - padded[width - k :][: len(rows)]) for k in range(1, width + 1))
    return total / (2 * sum(k * k for k in range(1, width + 1)))


def features(settings):
    power, fft = spectra(settings)
    if settings["kind"] == "log-power":
        return np.log(np.maximum(power, 1e-10))
    weights = filters(settings["melScale"], settings["melBands"], settings["lowHz"], RATE / 2, fft)
    rows = np.log(np.maximum(power @ weights.T, 1e-10))
    if settings["kind"] == "mfcc":
        n, m, bands = np.arange(settings["cepstra"])[:, None], np.arange(settings["melBands"]), settings["melBands"]
        basis = np.sqrt(2 / bands) * np.cos(np.pi * n * (2 * m + 1) / (2 * bands))
        basis[0] /= np.sqrt(2)
        rows = rows @ basis.T * (1 + settings["lifter"] / 2 * np.sin(np.pi * n[:, 0] / settings["lifter"]))
    parts = [rows]
    for _ in range(settings["deltas"]):
        parts.append(delta(parts[-1]))
    return np.concatenate(parts, axis=1)


BASE = {"windowSeconds": 0.025, "hopSeconds": 0.01, "preEmphasis": 0.97, "lowHz": 20, "deltas": 0}
CASES = [
    {**BASE, "kind": "log-mel", "window": "hann", "melScale": "slaney", "melBands": 24},
    {**BASE, "kind": "log-mel", "window": "hamming", "melScale": "htk", "melBands": 24, "preEmphasis": 0},
    {**BASE, "kind": "mfcc", "window": "povey", "melScale": "htk", "melBands": 23, "cepstra": 5, "lifter": 22, "deltas": 2},
    {**BASE, "kind": "log-power", "window": "hann", "windowSeconds": 0.008, "hopSeconds": 0.004},
]
# A few frames of each: the edges, where differences are special, and one inside.
ROWS = [0, 1, 5, -1]
cases = []
for settings in CASES:
    rows = features(settings)
    picked = [r % len(rows) for r in ROWS]
    cases.append({"settings": settings, "frames": len(rows), "rows": {str(r): [float(f"{v:.7g}") for v in rows[r]] for r in picked}})
print(json.dumps({"samples": COUNT, "sampleRateHz": RATE, "cases": cases}))
