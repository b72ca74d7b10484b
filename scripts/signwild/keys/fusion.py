"""Key of a fusion: what its probabilities depend on."""

from signwild.base.digests import computing_digest, result_key


def fusion_key(rule: str, members: list[str]) -> str:
    """Return the key of a fusion by ``rule``; ``members``: the keys of what is fused, in their order."""
    return result_key(computing_digest("signwild.stages.training.fusion"), rule, members)
