"""Makes the files beside this script that Swift cannot write, with Pillow and PyTorch: python3 make_layouts.py

With a folder, makes a small tree of each layout in it, of the embedded clips, to try commands on:
python3 make_layouts.py FOLDER. The names have what names may have: spaces, a leading dash, other letters, controls.
"""

import csv
import os
import pickle
import shutil
import sys
import wave

import numpy as np
import torch
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
CLIPS = os.path.join(HERE, "../../../Assets/Clips")
PALETTE = [0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 0] + [0] * 756


def log_mel(path, count=5):
    """Of few bytes: the elements of each piece are one stored number."""
    with open(path, "wb") as out:
        pickle.dump(torch.arange(1.0, count + 1).reshape(count, 1, 1, 1).expand(count, 1, 96, 64), out)


def classes(path, size, mode):
    """Class 3 in the left half, class 1 in one pixel, background in the rest."""
    image = Image.new("P" if mode == "P" else "L", size)
    image.paste(3, (0, 0, size[0] // 2, size[1]))
    image.putpixel((size[0] - 1, 0), 1)
    image.putpalette(PALETTE) if mode == "P" else None
    (image.convert("RGB") if mode == "RGB" else image).save(path)


def fixtures():
    Image.fromarray((np.arange(8 * 6 * 3) % 200).astype("u1").reshape(6, 8, 3)).save(os.path.join(HERE, "frame.jpg"))
    classes(os.path.join(HERE, "semantic.png"), (8, 6), "L")
    classes(os.path.join(HERE, "palette.png"), (8, 6), "P")
    image = Image.open(os.path.join(HERE, "palette.png")).convert("RGB")
    image.save(os.path.join(HERE, "colours.png"))
    log_mel(os.path.join(HERE, "log-mel.pkl"))
    log_mel(os.path.join(HERE, "log-mel-4.pkl"), 4)


def place(*parts):
    path = os.path.join(*parts)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return path


def table(path, header, rows):
    with open(place(path), "w", newline="") as out:
        csv.writer(out).writerows([header] + rows)


def source(name, category):
    root = f"{CLIPS}/Single-source/s4_data"
    return ([f"{root}/visual_frames/test/{category}/{name}/{name}_{i}.png" for i in range(1, 6)],
            [f"{root}/gt_masks/test/{category}/{name}/{name}_{i}.png" for i in range(1, 6)],
            f"{root}/audio_wav/test/{category}/{name}.wav")


def s4(root, suffix="", mels=True):
    rows = []
    clips = [("dog", "train", "-dash_clip1"), ("dog", "test", "_under_clip"), ("cat wild", "test", "two words 1"),
             ("cat wild", "val", "\u00fcn\u00efcode\u732b"), ("dog", "test", "esc\x1b[31mred\n2")]
    for category, split, name in clips:
        frames, masks, sound = source("dog_c3n_001", "dog")
        for i in range(5):
            shutil.copy(frames[i], place(f"{root}/s4_data/visual_frames{suffix}/{split}/{category}/{name}/{name}_{i + 1}.png"))
            if i == 0 or split != "train":
                shutil.copy(masks[i], place(f"{root}/s4_data/gt_masks{suffix}/{split}/{category}/{name}/{name}_{i + 1}.png"))
        shutil.copy(sound, place(f"{root}/s4_data/audio_wav/{split}/{category}/{name}.wav"))
        if mels:
            log_mel(place(f"{root}/s4_data/audio_log_mel/{split}/{category}/{name}.pkl"))
        rows.append([name, 0, category, split])
    open(place(f"{root}/s4_data/visual_frames{suffix}/.DS_Store"), "w").close()
    open(place(f"{root}/s4_data/readme.txt"), "w").close()
    table(f"{root}/s4_meta_data.csv", ["name", "start", "category", "split"], rows)


def ms3(root, frame_count=5, seconds=5):
    rows = []
    for split, name in [("train", "-cow_sheep"), ("test", "cow sheep 2")]:
        frames, masks, sound = source("cow_c3n_001", "cow")
        for i in range(frame_count):
            shutil.copy(frames[i], place(f"{root}/ms3_data/visual_frames/{name}/{name}.mp4_{i + 1}.png"))
            shutil.copy(masks[i], place(f"{root}/ms3_data/gt_masks/{split}/{name}/{name}_{i + 1}.png"))
        with wave.open(sound) as whole, wave.open(place(f"{root}/ms3_data/audio_wav/{split}/{name}.wav"), "w") as cut:
            cut.setparams(whole.getparams())
            cut.writeframes(whole.readframes(int(whole.getframerate() * seconds)))
        rows.append([name, split])
    table(f"{root}/ms3_meta_data.csv", ["video_id", "split"], rows)


def avss(root):
    rows = []
    for label, split, uid, count in [("v1s", "train", "-abc_0_5000", 5), ("v1m", "val", "def_1", 5),
                                     ("v2", "test", "ghi 2", 10)]:
        frames, _, sound = source("pig_c3n_001", "pig")
        folder = f"{root}/{label}/{uid}"
        for i in range(count):
            Image.open(frames[i % 5]).resize((320, 180)).save(place(f"{folder}/frames/{i}.jpg"))
            if i == 0 or split != "train":
                classes(place(f"{folder}/labels_rgb/{i}.png"), (320, 180), "P")
                classes(place(f"{folder}/labels_semantic/{i}.png"), (320, 180), "L")
        with wave.open(sound) as once, wave.open(place(f"{folder}/audio.wav"), "w") as out:
            out.setparams(once.getparams())
            for _ in range(count // 5):
                once.rewind()
                out.writeframes(once.readframes(once.getnframes()))
        rows.append(["vid", uid, 0, 0, "pig", split, label])
    table(f"{root}/metadata.csv", ["vid", "uid", "s_min", "s_sec", "a_obj", "split", "label"], rows)


def plain(root):
    frames, _, sound = source("owl_c3n_001", "owl")
    for i, frame in enumerate(frames):
        shutil.copy(frame, place(f"{root}/my owl/shot_{i + 1:03}.png"))
    shutil.copy(sound, place(f"{root}/my owl/sound.wav"))


def trees(folder):
    s4(f"{folder}/s4")
    ms3(f"{folder}/ms3")
    s4(f"{folder}/renamed/avsbench_data/Single-source")
    ms3(f"{folder}/renamed/avsbench_data/Multi-sources")
    s4(f"{folder}/larger", suffix="_384", mels=False)
    ms3(f"{folder}/nested/ms3_data")
    ms3(f"{folder}/short", frame_count=4, seconds=1.7)
    avss(f"{folder}/avss")
    plain(f"{folder}/plain")


if len(sys.argv) > 1:
    trees(sys.argv[1])
else:
    fixtures()
