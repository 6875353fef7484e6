#!/usr/bin/env python3
"""Makes beats_cfg.pt: the `cfg` of a BEATs checkpoint that was not fine-tuned, is deeper and counts farther positions.

    python3 make_beats_cfg.py    # needs torch
"""
import torch

published = dict(
    finetuned_model=True, encoder_layers=12, encoder_embed_dim=768, encoder_attention_heads=12, input_patch_size=16,
    deep_norm=True, layer_norm_first=False, relative_position_embedding=True, num_buckets=320, max_distance=800,
    gru_rel_pos=True, conv_pos=128, conv_pos_groups=16, dropout=0.0)
changed = dict(published, finetuned_model=False, encoder_layers=24, max_distance=1280)
torch.save({"cfg": changed, "model": {"w": torch.zeros(1)}}, "beats_cfg.pt")
