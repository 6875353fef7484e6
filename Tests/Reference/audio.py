"""The audio encoders VGGish, PANNs Cnn14_16k and BEATs: front end's output -> embedding [T, d] and class scores [T, 527]."""

import torch
import torch.nn.functional as F

from frontends import beats_filter_bank, panns_log_mel, vggish_log_mel
from layers import Conv, LayerNorm, Linear, attend, to_map, tokens

ROOT = "audio_backbone."


class VGGish:
    """Without `has_classes` (TPAVI) there are no scores."""

    width = 128
    front_end = staticmethod(vggish_log_mel)
    front_end_name = "vggish_logmel"

    def __init__(self, weights, has_classes=True):
        layers = ((0, 1, 64), (3, 64, 128), (6, 128, 256), (8, 256, 256), (11, 256, 512), (13, 512, 512))
        self.convs = [
            Conv(*weights.linear(f"{ROOT}features.{i}", outputs, inputs, 3, 3), padding=1)
            for i, inputs, outputs in layers]
        sizes = ((0, 12288, 4096), (2, 4096, 4096), (4, 4096, 128))
        self.embeddings = [
            Linear(*weights.linear(f"{ROOT}embeddings.{i}", outputs, inputs), rows=5) for i, inputs, outputs in sizes]
        self.classes = VGGishClasses(weights) if has_classes else None

    def __call__(self, log_mel, record=None):
        x = log_mel
        for i, conv in enumerate(self.convs):
            x = conv(x, "relu")
            if i in (0, 1, 3, 5):
                x = F.max_pool2d(x, 2)
        x = x.permute(0, 2, 3, 1).reshape(len(x), -1)  # time, frequency, channel
        for linear in self.embeddings:
            x = linear(x, "relu")
        return x, self.classes(x, record) if self.classes else None


class VGGishClasses:
    """The classifier behind VGGish: principal components in 8 bits, then an attention head.

    There is one time step, so the attention's weights divide out and are not read.
    """

    def __init__(self, weights):
        root = "classification_model."
        self.components = weights("pproc.pca_eigen_vectors", 128, 128)
        self.mean = weights("pproc.pca_means", 128, 1).flatten()
        self.norm = weights.batch_norm(root + "emb.bn0", 128)
        self.convs = [
            (weights(f"{root}emb.conv{i}.weight", 1024, inputs, 1, 1).flatten(1),
             weights.batch_norm(f"{root}emb.bn{i}", 1024)) for i, inputs in ((1, 128), (2, 1024), (3, 1024))]
        weight, bias = weights.linear(root + "attention.cla", 1024, 1024, 1, 1)
        self.attended = weight.flatten(1), bias
        self.attended_norm = weights.batch_norm(root + "bn_attention", 1024)
        self.final = weights.linear(root + "fc_final", 527, 1024)

    def __call__(self, embedding, record=None):
        components = (embedding - self.mean) @ self.components.t()
        codes = torch.round((components.clamp(-2, 2) + 2) * (255 / 4))
        if record is not None:
            record.update(vggish_pca=components, vggish_quantised=codes)
        x = (codes - 128) / 128 * self.norm[0] + self.norm[1]
        for weight, (factor, summand) in self.convs:
            x = F.relu(x @ weight.t() * factor + summand)
        x = F.linear(x, *self.attended) * self.attended_norm[0] + self.attended_norm[1]
        return F.linear(F.relu(x), *self.final)


class PANNs:
    """Cnn14_16k. The batch norms are folded into the convolutions; its scores are sigmoids, as published."""

    width = 2048
    front_end = staticmethod(panns_log_mel)
    front_end_name = "panns_logmel"

    def __init__(self, weights, has_classes=True):
        self.factor, self.summand = weights.batch_norm(ROOT + "bn0", 64)
        self.convs, self.small_maps, inputs = [], [], 1
        for block, width in enumerate((64, 128, 256, 512, 1024, 2048), 1):
            for layer in (1, 2):
                path = f"{ROOT}conv_block{block}."
                factor, bias = weights.batch_norm(f"{path}bn{layer}", width)
                weight = weights(f"{path}conv{layer}.weight", width, inputs, 3, 3) * factor[:, None, None, None]
                inputs = width
                if block < 5:
                    self.convs.append(Conv(weight, bias, padding=1))
                else:  # 24 and 6 pixels a second: faster as a product
                    self.small_maps.append(Linear(weight.permute(0, 2, 3, 1).flatten(1), bias, rows=120))
        self.fc1 = Linear(*weights.linear(ROOT + "fc1", 2048, 2048), rows=5)
        self.fc_audioset = Linear(*weights.linear(ROOT + "fc_audioset", 527, 2048), rows=5)

    @staticmethod
    def unfold(x):
        """[T, H, W, C] -> the 3 x 3 neighbours of each pixel [T, H, W, 9 C]."""
        padded = F.pad(x, (0, 0, 1, 1, 1, 1))
        return padded.unfold(1, 3, 1).unfold(2, 3, 1).permute(0, 1, 2, 4, 5, 3).flatten(3)

    def __call__(self, log_mel, record=None):
        x = log_mel * self.factor + self.summand
        for conv1, conv2 in zip(self.convs[::2], self.convs[1::2]):
            x = F.avg_pool2d(conv2(conv1(x, "relu"), "relu"), 2)
        x = x.permute(0, 2, 3, 1)
        for i, linear in enumerate(self.small_maps):
            x = linear(self.unfold(x), "relu")
            if i == 1:
                x = F.avg_pool2d(x.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1)
        x = x.mean(2)
        embedding = self.fc1(x.amax(1) + x.mean(1), "relu")
        return embedding, torch.sigmoid(self.fc_audioset(embedding))


class BEATsLayer:
    """A post-norm layer with deep norm and a relative position bias that each query gates."""

    def __init__(self, weights, path):
        projections = [weights.linear(f"{path}self_attn.{name}_proj", 768, 768) for name in "qkv"]
        weight, bias = (torch.cat(parts) for parts in zip(*projections))
        self.qkv = Linear(weight, bias, rows=240)
        self.out = Linear(*weights.linear(path + "self_attn.out_proj", 768, 768), rows=240)
        self.gate = weights.linear(path + "self_attn.grep_linear", 8, 64)
        self.gate_scale = weights(path + "self_attn.grep_a", 1, 12, 1, 1)
        self.attention_norm = LayerNorm(weights.norm(path + "self_attn_layer_norm", 768), 1e-5)
        self.fc1 = Linear(*weights.linear(path + "fc1", 3072, 768), rows=240)
        self.fc2 = Linear(*weights.linear(path + "fc2", 768, 3072), rows=240)
        self.final_norm = LayerNorm(weights.norm(path + "final_layer_norm", 768), 1e-5)

    def __call__(self, x, bias):
        """x [T, 48, 768], bias [12, 48, 48]."""
        f, residual = len(x), 24 ** 0.25
        q, k, v = self.qkv(x).view(f, 48, 3, 12, 64).permute(2, 0, 3, 1, 4)
        gates = torch.sigmoid(F.linear(q, *self.gate).view(f, 12, 48, 2, 4).sum(-1))
        gate = gates[..., :1] * (gates[..., 1:] * self.gate_scale - 1) + 2
        out = attend(q, k, v, attn_mask=gate * bias)[0]
        out = self.out(out.transpose(1, 2).reshape(f, 48, 768))
        x = self.attention_norm(torch.add(out, x, alpha=residual))[0]
        return self.final_norm(torch.add(self.fc2(self.fc1(x, "gelu")), x, alpha=residual))[0]


class BEATs:
    """iter3+, fine-tuned on AudioSet: 48 tokens a second, twelve layers. Its scores are logits."""

    width = 768
    front_end = staticmethod(beats_filter_bank)
    front_end_name = "beats_fbank"

    def __init__(self, weights, has_classes=True):
        self.patches = Conv(weights(ROOT + "patch_embedding.weight", 512, 1, 16, 16), stride=16)
        self.patch_norm = LayerNorm(weights.norm(ROOT + "layer_norm", 512), 1e-5)
        self.project = Linear(*weights.linear(ROOT + "post_extract_proj", 768, 512), rows=240)
        direction = weights(ROOT + "encoder.pos_conv.0.weight_v", 768, 48, 128)
        length = weights(ROOT + "encoder.pos_conv.0.weight_g", 1, 1, 128)
        weight = direction * (length / direction.norm(dim=(0, 1), keepdim=True))
        self.positions = Conv(weight[:, :, None], weights(ROOT + "encoder.pos_conv.0.bias", 768), groups=16)
        self.norm = LayerNorm(weights.norm(ROOT + "encoder.layer_norm", 768), 1e-5)
        table = weights(ROOT + "encoder.layers.0.self_attn.relative_attention_bias.weight", 320, 12)
        offset = torch.arange(48)[None, :] - torch.arange(48)[:, None]  # key less query; below 80 each has its bucket
        self.bias = table[offset.abs() + 160 * (offset > 0)].permute(2, 0, 1)
        self.layers = [BEATsLayer(weights, f"{ROOT}encoder.layers.{i}.") for i in range(12)]
        self.predictor = Linear(*weights.linear(ROOT + "predictor", 527, 768), rows=5)

    def __call__(self, filter_bank, record=None):
        x = tokens(self.patches(filter_bank[:, None]).contiguous(memory_format=torch.channels_last))
        x = self.project(self.patch_norm(x)[0])
        padded = F.pad(to_map(x, 1), (64, 64)).contiguous(memory_format=torch.channels_last)
        x = self.norm(x + F.gelu(tokens(self.positions(padded)[..., :48])))[0]
        for layer in self.layers:
            x = layer(x, self.bias)
        embedding = x.mean(1)
        return embedding, self.predictor(embedding)  # the mean of logits is the logits of the mean
