"""Dictionaries: features that are learned from patches, by k-means or by a sparse autoencoder.

Gebre et al., "Unsupervised feature learning for visual sign language identification", ACL 2014, learn features of video
without labels; the paper's section 1 mentions their sparse autoencoder. Whitening, k-means and its activation are
Coates, Lee and Ng, "An analysis of single-layer networks in unsupervised feature learning", AISTATS 2011. What they
leave open is our choice (docs/fidelity.md).
"""

import warnings
from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning

from signwild.configuration.sections.encoder import AnyEncoder, SparseAutoencoder

ACTIVITY = 1e-6
"""Distance that the mean activation of a hidden unit keeps from 0 and 1, where its divergence is infinite."""


@dataclass(frozen=True)
class Whitening:
    """Map of patches to principal components of variance 1: ``mean`` (d,), ``projection`` (d, p), both float32."""

    mean: np.ndarray
    projection: np.ndarray

    def apply(self, patches: np.ndarray) -> np.ndarray:
        """Return patches (n, d) as components (n, p) float32."""
        return (patches - self.mean) @ self.projection


@dataclass(frozen=True)
class Dictionary(ABC):
    """Learned features of patches (n, d) that are ``patches.normalised``."""

    whitening: Whitening

    def activations(self, patches: np.ndarray) -> np.ndarray:
        """Return how active each feature is on each patch, (n, features) float32, from 0."""
        return self._of_components(self.whitening.apply(patches))

    @abstractmethod
    def _of_components(self, components: np.ndarray) -> np.ndarray:
        """Return the activations on whitened patches (n, p)."""


@dataclass(frozen=True)
class Centres(Dictionary):
    """Centres of k-means, (features, p) float32; a feature's activation is how much nearer than the mean it is."""

    centres: np.ndarray

    def _of_components(self, components: np.ndarray) -> np.ndarray:
        squares = np.einsum("np,np->n", components, components)[:, None] - 2 * components @ self.centres.T
        squares += np.einsum("fp,fp->f", self.centres, self.centres)
        distances = np.sqrt(np.maximum(squares, 0))
        return np.maximum(distances.mean(axis=1, keepdims=True) - distances, 0)


@dataclass(frozen=True)
class HiddenUnits(Dictionary):
    """Hidden units of an autoencoder: ``weights`` (p, features) and ``biases`` (features,), both float32."""

    weights: np.ndarray
    biases: np.ndarray

    def _of_components(self, components: np.ndarray) -> np.ndarray:
        return expit(components @ self.weights + self.biases)


def learn_dictionary(patches: np.ndarray, encoder: AnyEncoder, seed: int) -> Dictionary:
    """Learn features from patches (n, d) float32, at least as many as there are features; the same for a seed."""
    whitening = learn_whitening(patches, encoder.variance)
    components = whitening.apply(patches)
    if isinstance(encoder, SparseAutoencoder):
        return HiddenUnits(whitening, *_fit_autoencoder(components.astype(np.float64), encoder, seed))
    model = KMeans(encoder.features, n_init=1, max_iter=encoder.iterations, random_state=seed, algorithm="lloyd")
    with warnings.catch_warnings():
        # Pictures that never change have fewer different patches than features: some centres are then the same.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return Centres(whitening, model.fit(components).cluster_centers_.astype(np.float32))


def learn_whitening(patches: np.ndarray, variance: float) -> Whitening:
    """Return the whitening by as few principal components as keep this share of the variance of patches (n, d)."""
    mean = patches.mean(axis=0, dtype=np.float64)
    centred = (patches - mean).astype(np.float64)
    variances, directions = np.linalg.eigh(centred.T @ centred / len(patches))
    variances, directions = np.maximum(variances[::-1], 0), directions[:, ::-1]
    kept = 1 + int(np.searchsorted(np.cumsum(variances), variance * variances.sum() * (1 - 1e-12)))
    scales = np.divide(1, np.sqrt(variances[:kept]), out=np.zeros(kept), where=variances[:kept] > 0)
    return Whitening(mean.astype(np.float32), (directions[:, :kept] * scales).astype(np.float32))


def _fit_autoencoder(components: np.ndarray, encoder: SparseAutoencoder, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return weights and biases of the hidden units, found by L-BFGS from a random start."""
    inputs, hidden = components.shape[1], encoder.features
    random = np.random.default_rng(seed)
    reach = np.sqrt(6 / (inputs + hidden + 1))
    start = np.concatenate([random.uniform(-reach, reach, 2 * inputs * hidden), np.zeros(hidden + inputs)])
    found = minimize(
        autoencoder_loss,
        start,
        (components, encoder),
        method="L-BFGS-B",
        jac=True,
        options={"maxiter": encoder.iterations},
    )
    weights, _, biases, _ = _parts(found.x, inputs, hidden)
    return weights.astype(np.float32), biases.astype(np.float32)


def autoencoder_loss(
    parameters: np.ndarray, components: np.ndarray, encoder: SparseAutoencoder
) -> tuple[float, np.ndarray]:
    """Return the loss on whitened patches (n, p), and its gradient, both float64.

    The loss is half the squared error of the reconstruction, the mean over patches; half the squared weights; and the
    divergence of each unit's mean activation from ``sparsity``; the last two with their weights.
    """
    weights, back, biases, offsets = _parts(parameters, components.shape[1], encoder.features)
    active = expit(components @ weights + biases)
    errors = active @ back + offsets - components
    mean = np.clip(active.mean(axis=0), ACTIVITY, 1 - ACTIVITY)
    wanted, count = encoder.sparsity, len(components)
    divergence = wanted * np.log(wanted / mean) + (1 - wanted) * np.log((1 - wanted) / (1 - mean))
    loss = np.einsum("np,np->", errors, errors) / (2 * count)
    loss += encoder.weight_decay / 2 * (np.sum(weights**2) + np.sum(back**2))
    loss += encoder.sparsity_weight * divergence.sum()
    pull = encoder.sparsity_weight * ((1 - wanted) / (1 - mean) - wanted / mean)
    inward = (errors @ back.T + pull) * active * (1 - active) / count
    gradients = (
        components.T @ inward + encoder.weight_decay * weights,
        active.T @ errors / count + encoder.weight_decay * back,
        inward.sum(axis=0),
        errors.sum(axis=0) / count,
    )
    return float(loss), np.concatenate([part.ravel() for part in gradients])


def _parts(parameters: np.ndarray, inputs: int, hidden: int) -> list[np.ndarray]:
    """Return the weights (p, features) and back (features, p), and the biases of the hidden units and the outputs."""
    shapes = (inputs, hidden), (hidden, inputs), (hidden,), (inputs,)
    ends = np.cumsum([np.prod(shape) for shape in shapes])[:-1]
    return [part.reshape(shape) for part, shape in zip(np.split(parameters, ends), shapes, strict=True)]
