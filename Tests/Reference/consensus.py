"""C3IM, which finds the label that sound and image agree on, and CCAM, which weighs features by it (III-A, III-B)."""

import torch
import torch.nn.functional as F

from weights import synthesize


class CategoryMatch:
    """M_cof[k, j] = C_A[j]^alpha M_sim[k, j] C_V[k]^beta, and its largest cell (eqs. 1 to 7)."""

    def __init__(self, seed):
        self.similarity = torch.from_numpy(synthesize("similarity_matrix", [1000, 527], seed))

    def __call__(self, audio_scores, visual_logits, alpha=0.1, beta=0.1):
        """-> visual label k* [F], audio label j* [F], the largest cell [F], and how much larger it is than the best of
        another visual class, relative to it [F]."""
        best, columns = zip(*(
            torch.max(self.similarity * confidence, 1) for confidence in F.softmax(audio_scores, 1) ** alpha))
        rows = torch.stack(best) * F.softmax(visual_logits, 1) ** beta
        (value, second), index = rows.topk(2).values.t(), rows.argmax(1)
        return index, torch.stack(columns).gather(1, index[:, None])[:, 0], value, (value - second) / value


def channel_gates(omega):
    """omega [F, C] -> sigmoid(omega / |omega|) [F, 1, C]. The paper does not divide by the norm, its program does."""
    return torch.sigmoid(F.normalize(omega, dim=1, eps=1e-12))[:, None]


def attend_to_label(v, omega):
    """CCAM: V_i [F, N, C], omega_i [F, C] -> V_i^r [F, N, C] (eqs. 9 to 12)."""
    gated = v * channel_gates(omega)
    return gated.mul_(torch.sigmoid(gated.mean(2, keepdim=True)))
