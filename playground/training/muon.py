"""Muon: momentum whose update is orthogonalised, for the matrices of a network (Jordan 2024)."""


def orthogonalize(matrices, iterations: int = 5):
    """Newton-Schulz: (n, a, b) matrices to nearly orthogonal ones, singular values in about 0.7..1.2.

    The quintic coefficients are Keller Jordan's (Muon, 2024).
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.transpose(1, 2) if tall else matrices
    x = x / (x.flatten(1).norm(dim=1)[:, None, None] + 1e-7)
    for _ in range(iterations):
        gram = x @ x.transpose(1, 2)
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.transpose(1, 2) if tall else x


class Muon:
    """Momentum whose update is made orthogonal; matrices of one shape are handled in one batch."""

    def __init__(self, parameters, momentum: float = 0.95, weight_decay: float = 0.01):
        self.parameters, self.momentum, self.weight_decay = parameters, momentum, weight_decay
        self.buffers = [parameter.new_zeros(parameter.shape) for parameter in parameters]

    def step(self, rate: float) -> None:
        import torch

        with torch.no_grad():
            shapes: dict[tuple, list[int]] = {}
            for i, parameter in enumerate(self.parameters):
                self.buffers[i].lerp_(parameter.grad, 1 - self.momentum)
                shapes.setdefault(tuple(parameter.shape), []).append(i)
            for (height, width), members in shapes.items():
                looks_ahead = [self.parameters[i].grad.lerp(self.buffers[i], self.momentum) for i in members]
                updates = orthogonalize(torch.stack(looks_ahead))
                scale = max(1.0, height / width) ** 0.5
                for i, update in zip(members, updates, strict=True):
                    self.parameters[i].mul_(1 - rate * self.weight_decay).add_(update, alpha=-rate * scale)
